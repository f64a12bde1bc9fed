import { DATABASES } from '../../engine/databases';
import { drawn, step, Story, DAY_MS, type WorkflowJson } from '../failures/story';
import { CARRIERS, LINKS, phoneOf, type Carrier } from './carriers';
import { Stage } from './stage';

const at = (iso: string) => Date.parse(iso);

describe.each(DATABASES)('people who opt out while a message to them is on its way, on %s', (kind) => {
	describe.each(CARRIERS)('%s', (_name, open) => {
		let carrier: Carrier;
		let story: Story | undefined;
		let stage: Stage | undefined;
		afterEach(async () => {
			await story?.end();
			if (story !== undefined) await carrier.close();
			await stage?.close();
			[story, stage] = [undefined, undefined];
		});

		it('between two messages of a batch: the one under way arrives, whoever is behind gets nothing, neither gets the next one, and the ledger says in which order', async () => {
			carrier = await open();
			const told = await Story.begin(kind, { settings: { caps: [], quietHours: null } });
			story = told;
			const series: WorkflowJson = {
				id: 'series',
				nodes: [step('Signed Up', 'journeyTrigger', { event: 'Signed Up' }), carrier.node('First'), step('A Day', 'journeyWait', { amount: 1, unit: 'days' }), carrier.node('Second'), carrier.node('Third')],
				connections: drawn([['Signed Up', 'First'], ['First', 'A Day'], ['A Day', 'Second'], ['Second', 'Third'], ['Second', 'Third', 1]]),
			};
			await story.publish(series, { credentials: carrier.credentials });
			const { profiles } = await story.engine.profiles.upsert(['ann', 'bea'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }, { kind: 'phone', value: phoneOf(name) }] })), { source: 'shop' });
			await story.engine.consent.set(profiles.map((profile) => ({ profile: Number(profile), channel: carrier.channel, topic: '', state: 'subscribed', source: 'form' })));
			await story.happens('Signed Up', 'ann', 'bea');
			await story.waitingAt('series', 'A Day', 2);

			// The service has the whole of the first message of the second batch when both press the button of their mail program, a second later.
			const first = [...carrier.taken];
			const answers: number[] = [];
			carrier.beforeAnswer = async ({ subject }) => {
				if (subject !== 'Second') return;
				told.pass(1_000);
				for (const { unsubscribe } of first) answers.push((await told.visit(unsubscribe, 'POST', { body: 'List-Unsubscribe=One-Click' })).status);
			};
			story.pass(DAY_MS);
			await story.until(async () => (await told.journey('series')).active === 0);

			const [got, behind] = ['ann', 'bea'].sort((a, b) => Number(carrier.taken[2]?.name === b) - Number(carrier.taken[2]?.name === a));
			expect(carrier.taken.map(({ name, subject }) => [name, subject]).slice(2)).toEqual([[got, 'Second']]);
			expect(answers).toEqual([200, 200]);
			const lines = async (name = '') => (await told.ledger(Number(profiles[name === 'ann' ? 0 : 1]))).map(({ stepName, state, guard }) => [stepName, state, guard]);
			expect(await lines(got)).toEqual([['First', 'sent', null], ['Second', 'sent', null], ['Third', 'skipped', 'consent']]);
			expect(await lines(behind)).toEqual([['First', 'sent', null], ['Second', 'skipped', 'consent'], ['Third', 'skipped', 'consent']]);
			const [said] = (await story.engine.consent.history({ kind: 'email', value: `${got}@example.com` })) ?? [];
			const [, second] = await story.ledger(Number(profiles[got === 'ann' ? 0 : 1]));
			expect(said).toMatchObject({ state: 'unsubscribed', channel: carrier.channel });
			expect(at(String(said?.at)) - at(String(second?.attemptedAt))).toBe(1_000);
		});

		it('while it is held for the night: nothing leaves in the morning, and the person goes on by Not Sent', async () => {
			stage = await Stage.open(kind, open, { startMs: at('2026-03-02T12:00:00Z'), settings: { caps: [], quietHours: { from: '21:00', to: '08:00' } } });
			const { world, carrier: service } = stage;
			const [ann = 0, bea = 0] = await stage.meet({ ann: { timezone: 'Europe/Berlin' }, bea: { timezone: 'Europe/Berlin' } });
			const noon = await stage.enter(ann, bea);
			await service.send(world.walk, stage.step('Noon'), noon.people);
			await world.walk.settle(noon);

			world.clock.set(at('2026-03-02T20:00:00Z'));
			const evening = await stage.enter(ann, bea);
			const held = await service.send(world.walk, stage.step('Night'), evening.people);
			await world.walk.settle(evening);
			world.clock.set(at('2026-03-03T03:00:00Z'));
			const answer = await stage.unsubscribe(service.taken.find(({ name }) => name === 'ann')?.unsubscribe ?? LINKS);
			world.clock.set(at('2026-03-03T07:00:00Z'));
			const morning = await world.walk.start(stage.step('Night'));
			const sent = await service.send(world.walk, stage.step('Night'), morning.people);
			await world.walk.settle(morning);
			world.clock.advance(DAY_MS);

			expect([held.results.map(({ outcome }) => outcome), answer]).toEqual([['parked', 'parked'], 200]);
			expect([sent.notSent.map(({ stamp }) => stamp.profile), sent.sent.map(({ stamp }) => stamp.profile)]).toEqual([[ann], [bea]]);
			expect(stage.arrived.slice(2)).toEqual(['Night to bea']);
			expect((await stage.ledger(ann)).map(({ stepName, state, guard, attemptedAt }) => [stepName, state, guard, attemptedAt])).toEqual([['Noon', 'sent', null, '2026-03-02T12:00:00.000Z'], ['Night', 'skipped', 'consent', null]]);
			expect((await world.walk.start(stage.step('Night'))).people).toEqual([]);
		});
	});
});
