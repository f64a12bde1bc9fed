import { doNotSellAmong } from '../../../engine/consent';
import { DATABASES } from '../databases';
import { DAY_MS, World } from '../journeys/world';
import { imported } from '../transfer/fixture';

const SHARED = { doNotSell: false };
const KEPT_OUT = { doNotSell: true };

/** Whoever builds an audience by a rule on do-not-sell must find nobody in it who has said so, from the very commit on. */
describe.each(DATABASES)('who may be shared, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	/** Two live segments, a score model and a journey for each segment, all of which ask for it. */
	async function watch(): Promise<void> {
		const { segments, scores } = world.engine;
		await segments.save({ name: 'Shared', rule: SHARED, wait: true });
		await segments.save({ name: 'Kept Out', rule: KEPT_OUT, wait: true });
		await scores.saveModel({ name: 'Worth', rules: [{ name: 'May be shared', group: 'fit', points: 50, when: SHARED }], buckets: [{ name: 'low' }, { name: 'high', from: 40 }] });
		await world.engine.tick();
		await world.walk.register(world.walk.step('shared', 'trigger'), { entry: { kind: 'segment', segment: 'Shared' } });
		await world.walk.register(world.walk.step('kept', 'trigger'), { entry: { kind: 'segment', segment: 'Kept Out' } });
	}
	const members = async (name: string) => (await world.engine.segments.members(name)).map(({ profile }) => profile);
	/** Who has moved, and who has started a journey by it, oldest first. */
	async function story() {
		const changes = (await world.engine.segments.changes({})).map(({ segment, change, profile }) => `${segment} ${change} ${profile}`);
		const started = (await world.rows<{ step: string; profile: number }>('select j.step, e.profile from enrollment e join journey j on j.id = e.journey order by e.id')).map(({ step, profile }) => `${step} ${profile}`);
		return { changes, started };
	}
	const points = async (profile: number) => (await world.rows<{ value: number }>(`select value from score where profile = ${profile}`))[0]?.value;
	const say = async (profile: number, active: boolean) => await world.engine.consent.setDoNotSell([{ whose: { profileId: profile }, active, source: 'node' }]);

	it.each<[string, (profile: number) => Promise<unknown>]>([
		['somebody sets it for them', (profile) => say(profile, true)],
		['their browser sends the signal with an event', (profileId) => world.engine.events.ingest([{ type: 'track', event: 'Viewed', profileId, gpc: true }], { source: 'shop' })],
		['their browser sends it with an event that is late', (profileId) => world.engine.events.ingest([{ type: 'track', event: 'Viewed', profileId, gpc: true, timestamp: world.clock.nowMs() - 3 * DAY_MS }], { source: 'shop' })],
		['their browser sends it with nothing but a repeat', async (profileId) => {
			await world.engine.events.ingest([{ type: 'track', event: 'Viewed', profileId, messageId: 'm1' }], { source: 'shop' });
			await world.engine.events.ingest([{ type: 'track', event: 'Viewed', profileId, messageId: 'm1', gpc: true }], { source: 'shop' });
		}],
	])('changes segments, scores and journeys at once and exactly once when %s', async (_what, change) => {
		const [anna = 0, ben = 0] = await world.people(2);
		await watch();
		const before = { shared: await members('Shared'), points: await points(anna) };

		await change(anna);
		await say(anna, true);

		expect(before).toEqual({ shared: [anna, ben], points: 50 });
		expect([await members('Shared'), await members('Kept Out'), await points(anna), await points(ben)]).toEqual([[ben], [anna], 0, 50]);
		expect(await story()).toEqual({ changes: [`Shared left ${anna}`, `Kept Out entered ${anna}`], started: [`kept ${anna}`] });
	});

	it('lets people in again when they take it back', async () => {
		const [anna = 0] = await world.people(1);
		await say(anna, true);
		await watch();

		await say(anna, false);

		expect([await members('Shared'), await members('Kept Out'), await points(anna)]).toEqual([[anna], [], 50]);
		expect(await story()).toEqual({ changes: [`Kept Out left ${anna}`, `Shared entered ${anna}`], started: [`shared ${anna}`] });
	});

	it('is told of many people at once, of the former id of one who was merged as of whom they are now', async () => {
		const [anna = 0, ben = 0, cora = 0] = await world.people(3);
		const [gone = 0] = (await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'a1' }] }], { source: 'test' })).profiles as number[];
		await say(anna, true);
		await say(ben, true);
		await say(ben, false);
		await world.engine.profiles.merge({ profileId: anna }, { profileId: gone }, { keep: 'one' });
		const among = (...asked: number[]) => world.engine.store.read(async (reader) => [...(await doNotSellAmong(reader, asked))].sort((a, b) => a - b));

		expect([await among(anna, ben, cora, gone, 9_999_999), await among()]).toEqual([[anna, gone], []]);
	});

	it('makes the flag and what follows from it one transaction', async () => {
		const [anna = 0] = await world.people(1);
		await watch();
		await world.change('alter table segment_change rename to segment_change_gone');

		await expect(say(anna, true)).rejects.toThrow();
		await world.change('alter table segment_change_gone rename to segment_change');

		expect([(await world.engine.consent.get({ profileId: anna }))?.doNotSell, await members('Shared'), await points(anna)]).toEqual([false, [anna], 50]);
	});

	it('never takes somebody new for one who may be shared, whose first event carries the signal', async () => {
		await watch();

		await world.engine.events.ingest([{ type: 'track', event: 'Viewed', userId: 'new', gpc: true }], { source: 'shop' });

		const [anna = 0] = await members('Kept Out');
		expect(await members('Shared')).toEqual([]);
		expect(await story()).toEqual({ changes: [`Kept Out entered ${anna}`], started: [`kept ${anna}`] });
	});

	it('looks at the signal together with all else that its batch says of the person', async () => {
		const [anna = 0] = await world.people(1);
		await world.engine.segments.save({ name: 'Refused and Free', rule: { all: [KEPT_OUT, { none: [{ attribute: 'plan', operator: 'equals', value: 'pro' }] }] }, wait: true });

		await world.engine.events.ingest([{ type: 'identify', profileId: anna, traits: { plan: 'pro' }, gpc: true }], { source: 'shop' });

		expect(await story()).toEqual({ changes: [], started: [] });
	});

	it.each([['a new person', false], ['a known one', true]])('keeps %s of an import that starts journeys from ever being in an audience, when the file says so', async (_what, known) => {
		if (known) await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@x.org' }], attributes: { plan: 'free' } }], { source: 'test' });
		await watch();
		await world.engine.segments.save({ name: 'Audience', rule: { all: [SHARED, { attribute: 'plan', operator: 'equals', value: 'pro' }] }, wait: true });
		await world.walk.register(world.walk.step('audience', 'trigger'), { entry: { kind: 'segment', segment: 'Audience' } });
		const line = JSON.stringify({ id: 1, test: false, doNotSell: true, identities: [{ kind: 'email', value: 'ada@x.org' }], attributes: { plan: 'pro' }, consents: [{ channel: 'email', topic: '', state: 'subscribed' }], suppressions: [] });

		const report = await imported(world.engine.transfer, `${line}\n`, { startJourneys: true });

		const [ada = 0] = await members('Kept Out');
		expect(report).toMatchObject({ rows: 1, consents: 1, rejectedCount: 0 });
		expect([await members('Shared'), await members('Audience'), await points(ada)]).toEqual([[], [], 0]);
		expect(await story()).toEqual({ changes: [...(known ? [`Shared left ${ada}`] : []), `Kept Out entered ${ada}`], started: [`kept ${ada}`] });
	});

	it('follows merging and what takes it back: one of the two has asked, so both had when they were one', async () => {
		const [anna = 0, ben = 0] = (await world.engine.profiles.upsert(['a', 'b'].map((value) => ({ identities: [{ kind: 'email', value: `${value}@customer.example` }] })), { source: 'test' })).profiles.map(Number);
		await say(ben, true);
		await watch();

		const { profile } = await world.engine.profiles.merge({ profileId: anna }, { profileId: ben });
		const merged = [await members('Shared'), await members('Kept Out'), await points(profile)];
		await world.engine.profiles.unmerge({ profileId: profile });

		expect(merged).toEqual([[], [profile], 0]);
		expect([await members('Shared'), await members('Kept Out'), await points(anna), await points(ben)]).toEqual([[anna], [ben], 50, 0]);
		expect((await story()).started).toEqual([]);
	});

	it('lets people in again without a journey when the import that alone said so is undone', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@x.org' }], attributes: { plan: 'free' } }], { source: 'test' });
		await watch();
		const [ada = 0] = await members('Shared');
		const { importId } = await imported(world.engine.transfer, 'journeys_id,journeys_test,journeys_do_not_sell,id:email\r\n1,false,true,ada@x.org\r\n');
		const kept = [await members('Shared'), await members('Kept Out'), await points(ada)];

		await world.engine.transfer.importUndo(importId, { source: 'test' });

		expect([kept, [await members('Shared'), await members('Kept Out'), await points(ada)]]).toEqual([[[], [ada], 0], [[ada], [], 50]]);
		expect((await story()).started).toEqual([]);
	});

	it('lets go of somebody who is erased, and of somebody whom only an undone import had made', async () => {
		const [anna = 0] = await world.people(1);
		await say(anna, true);
		await watch();
		const { importId } = await imported(world.engine.transfer, 'journeys_id,journeys_test,journeys_do_not_sell,id:email\r\n1,false,true,ada@x.org\r\n');
		const both = (await members('Kept Out')).length;

		await world.engine.privacy.erasePerson({ profileId: anna }, { source: 'test' });
		await world.engine.transfer.importUndo(importId, { source: 'test' });

		expect([both, await members('Kept Out'), await members('Shared')]).toEqual([2, [], []]);
		expect(await world.rows('select profile from do_not_sell')).toEqual([]);
	});
});
