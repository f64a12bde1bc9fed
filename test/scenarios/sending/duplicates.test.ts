import { DATABASES } from '../../engine/databases';
import { DAY_MS } from '../../engine/journeys/world';
import { step, Story } from '../failures/story';
import { CARRIERS, emailOf, phoneOf, type Carrier } from './carriers';
import { Stage } from './stage';

describe.each(DATABASES)('the same person twice in one batch, on %s', (kind) => {
	describe.each(CARRIERS)('%s', (_name, open) => {
		let stage: Stage | undefined;
		let story: Story | undefined;
		let carrier: Carrier | undefined;
		afterEach(async () => {
			await stage?.close();
			await story?.end();
			await carrier?.close();
			[stage, story, carrier] = [undefined, undefined, undefined];
		});
		const addressOf = (name: string) => (stage?.carrier.channel === 'sms' ? phoneOf(name) : emailOf(name));

		it('by two items of one way through a journey, as a node in between makes them: one message, and one way on', async () => {
			stage = await Stage.open(kind, open);
			const [ann = 0, bea = 0] = await stage.meet({ ann: {}, bea: {} });
			const leg = await stage.enter(ann, bea);

			const { results } = await stage.carrier.send(stage.world.walk, stage.step(), [...leg.people, ...leg.people]);

			expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'dropped', 'dropped']);
			expect(stage.arrived.sort()).toEqual(['News to ann', 'News to bea']);
			expect(await stage.ledger()).toHaveLength(2);
		});

		it('by an address in other letters, or a number as people write it: one person, who enters and is written to once', async () => {
			stage = await Stage.open(kind, open, { journey: { reEntry: 'never' } });
			await stage.world.engine.settings.set({ defaultCountry: 'US' });
			await stage.meet({ ann: {} });
			const ways = [{ kind: 'email', value: 'ann@example.com' }, { kind: 'email', value: ' ANN@Example.COM ' }, { kind: 'phone', value: phoneOf('ann') }, { kind: 'phone', value: phoneOf('ann').replace('+1212', '(212) ') }];
			await stage.world.engine.events.ingest(ways.map((identity) => ({ type: 'track' as const, event: 'Published', identities: [identity] })), { source: 'shop' });
			const leg = await stage.world.walk.start(stage.trigger());

			await stage.carrier.send(stage.world.walk, stage.step(), leg.people);

			expect(leg.people).toHaveLength(1);
			expect(stage.arrived).toEqual(['News to ann']);
		});

		it('by two profiles that turn out to be one while both wait before the sender: one message', async () => {
			stage = await Stage.open(kind, open, { journey: { reEntry: 'never' } });
			const { world } = stage;
			const people = await stage.meet({ ann: {}, bea: {} });
			const leg = await stage.enter(...people);
			await world.walk.park(world.walk.step('wait', 'wait'), leg.people, DAY_MS);
			await world.walk.settle(leg);

			await world.engine.events.ingest([{ type: 'identify', identities: [{ kind: 'email', value: emailOf('ann') }, { kind: 'email', value: emailOf('bea') }] }], { source: 'shop' });
			world.clock.advance(DAY_MS);
			const due = await world.walk.start(world.walk.step('wait', 'wait'));
			await stage.carrier.send(world.walk, stage.step(), due.people);

			expect(stage.carrier.taken).toHaveLength(1);
		});

		it('outside a journey, by a row that stands twice in a sheet, once in other letters: one message; a second row that says something else is another', async () => {
			stage = await Stage.open(kind, open);
			await stage.meet({ ann: {}, bea: {} });
			const rows = [['ann', 'Tea'], ['bea', 'Tea'], ['ann', 'TEA '], ['ann', 'Coffee']].map(([name = '', product = ''], n) => ({ address: n === 2 && stage?.carrier.channel === 'email' ? addressOf(name).toUpperCase() : addressOf(name), key: `row${n}`, row: { product, row_number: String(n + 2) } }));

			const sent = await stage.carrier.sendOutside(stage.world.walk, stage.step(), rows, { text: '{{ item.product }}' });
			// n8n's Retry runs them again; by then the sheet is sorted in another way.
			const again = await stage.carrier.sendOutside(stage.world.walk, stage.step(), [...rows].reverse(), { text: '{{ item.product }}' });

			expect(stage.arrived.sort()).toEqual(['News to ann', 'News to ann', 'News to bea']);
			expect(sent.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'alreadySent', 'sent']);
			expect(again.map(({ outcome }) => outcome)).toEqual(['sent', 'alreadySent', 'sent', 'alreadySent']);
			expect((await stage.ledger()).filter(({ state }) => state === 'skipped').map(({ reason }) => reason)).toEqual([expect.stringContaining('same message')]);
		});

		it('outside a journey, in n8n: the rows of a sheet with the same person twice, by both of their addresses, and a newsletter that says the same to everybody', async () => {
			carrier = await open();
			story = await Story.begin(kind, { settings: { caps: [], quietHours: null } });
			await story.engine.profiles.upsert([{ identities: ['ann', 'bea'].flatMap((name) => [{ kind: 'email', value: emailOf(name) }, { kind: 'phone', value: phoneOf(name) }]) }], { source: 'shop' });
			const [ann] = (await story.engine.profiles.upsert([{ identities: [{ kind: 'email', value: emailOf('ann') }] }], { source: 'shop' })).profiles.map(Number);
			await story.engine.consent.set([{ profile: ann ?? 0, channel: carrier.channel, topic: '', state: 'subscribed', source: 'form' }]);
			const sender = carrier.node('News');
			const field = carrier.channel === 'sms' ? 'contactPhone' : 'contactEmail';
			const n8n = await story.publish({
				id: 'sheet', nodes: [step('Start', 'journeyTrigger', { event: 'Never' }), { ...sender, parameters: { ...sender.parameters, [field]: '={{ $json.to }}' } }],
				connections: { Start: { main: [[{ node: 'News', type: 'main', index: 0 }]] } },
			}, { credentials: carrier.credentials });
			const to = carrier.channel === 'sms' ? phoneOf : emailOf;

			const run = await n8n.execute('News', ['ann', 'ann', 'bea'].map((name, n) => ({ json: { row_number: n + 2, to: to(name) } })));

			expect(carrier.taken.map(({ name, subject }) => [name, subject])).toEqual([['ann', 'News']]);
			expect(run.data.resultData.runData.News?.[0]?.data?.main.map((output) => output?.length ?? 0)).toEqual([3, 0]);
		});
	});
});
