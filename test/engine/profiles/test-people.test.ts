import type { TrackingMessage } from '../../../engine/events';
import { DATABASES } from '../databases';
import { DAY_MS, MINUTE_MS, World } from '../journeys/world';

describe.each(DATABASES)('the flag of test people on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } }, virtualDaySeconds: 60 });
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const ingest = (messages: TrackingMessage[], test = false) => world.engine.events.ingest(messages, { source: 's', test });
	const ann = { kind: 'user_id', value: 'ann' };
	const isTest = async (by: { kind: string; value: string } = ann) => (await world.engine.profiles.get(by))?.test;
	const flag = (setTest: boolean | undefined, ...values: string[]) =>
		world.engine.profiles.upsert(values.map((value) => ({ identities: [{ kind: 'user_id', value }] })), { source: 'node', ...(setTest === undefined ? {} : { setTest }) });

	async function parkForAWeek(): Promise<void> {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait(), leg.people, 7 * DAY_MS);
		await world.walk.settle(leg);
	}

	it('is set and taken off, of people made now and before, and stays where nobody says anything', async () => {
		await flag(undefined, 'ann');
		const first = await isTest();

		await flag(true, 'ann', 'bob');
		await flag(undefined, 'ann');
		const flagged = [await isTest(), await isTest({ kind: 'user_id', value: 'bob' })];
		await world.engine.profiles.upsert([{ identities: [ann] }], { source: 'import', test: true });
		await flag(false, 'ann');

		expect([first, flagged, await isTest(), await isTest({ kind: 'user_id', value: 'bob' })]).toEqual([false, [true, true], false, true]);
	});

	it('stays as it is where the row is refused', async () => {
		await world.engine.profiles.upsert([{ identities: [ann], attributes: { name: 'Ann' } }], { source: 'node' });

		const report = await world.engine.profiles.upsert([{ identities: [ann], operations: [{ attribute: 'name', operation: 'increment', value: 1 }] }], { source: 'node', setTest: true });

		expect([report.rejected.length, await isTest()]).toEqual([1, false]);
	});

	it('is not put on customers by an import of test people', async () => {
		await flag(undefined, 'ann');

		await world.engine.profiles.upsert([{ identities: [ann] }], { source: 'import', test: true });

		expect(await isTest()).toBe(false);
	});

	it('ends what runs on the virtual clock when it is taken off, and nothing else', async () => {
		await flag(true, 'ann');
		await ingest([{ type: 'track', event: 'Started', userId: 'ann' }, { type: 'track', event: 'Started', userId: 'bob' }]);
		await parkForAWeek();

		await flag(false, 'ann', 'bob');
		world.clock.advance(10 * MINUTE_MS);

		expect(await world.enrollments()).toMatchObject([{ state: 'exited', end_reason: 'no longer a test person', open_tokens: 0 }, { state: 'active' }]);
		expect((await world.walk.start(wait())).people).toEqual([]);
	});

	it.each<[string, boolean, TrackingMessage, boolean, boolean]>([
		['a test person who signs in with a new browser stays one', true, { type: 'track', event: 'Started', anonymousId: 'browser' }, false, true],
		['a customer who signs in with a browser of test people does not become one', false, { type: 'track', event: 'Started', anonymousId: 'browser' }, true, false],
		['a test person who turns out to be a customer is one no more', true, { type: 'track', event: 'Started', anonymousId: 'browser', identities: [{ kind: 'email', value: 'a@x.org' }] }, false, false],
		['two halves of a test person are a test person', true, { type: 'track', event: 'Started', anonymousId: 'browser', identities: [{ kind: 'email', value: 'a@x.org' }] }, true, true],
	])('after a merge: %s; nobody else is left on a virtual clock, and an unmerge gives it back', async (_what, annIs, other, otherIs, merged) => {
		await ingest([{ type: 'track', event: 'Started', userId: 'ann' }], annIs);
		await ingest([other], otherIs);
		await parkForAWeek();
		await ingest([{ type: 'identify', userId: 'ann', anonymousId: 'browser' }]);
		const after = await isTest();
		const virtual = await world.rows("select id from enrollment where state = 'active' and time_scale <> 1");

		await world.engine.profiles.unmerge(ann);

		expect(after).toBe(merged);
		expect(virtual.length > 0).toBe(merged);
		expect([await isTest(), await isTest({ kind: 'anonymous_id', value: 'browser' })]).toEqual([annIs, otherIs]);
	});
});
