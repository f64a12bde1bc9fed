import { DATABASES } from '../databases';
import { Mailbox } from '../messages/mailbox';
import { protocolViolations } from './protocol-checks';
import { HOUR_MS, World } from './world';

describe.each(DATABASES)('a process that was stopped and comes back after its people were claimed again, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	beforeEach(async () => {
		[world, mailbox] = [await World.open(kind), await Mailbox.open()];
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');

	it.each([
		['while the new process is under way', async () => undefined],
		['after the new process has ended the leg', async (end: () => Promise<unknown>) => void (await end())],
	])('every one of its calls is dropped, %s (rules 6, 7)', async (_when, meanwhile) => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const profiles = await world.people(4);
		await world.track('Signed Up', profiles);
		const stale = await world.walk.start(trigger());
		world.clock.advance(30_001);
		const other = await world.another();
		const fresh = await other.walk.start(trigger());
		await meanwhile(() => other.walk.settle(fresh));
		const before = JSON.stringify([await world.tokens(), await world.enrollments()]);

		const begun = await world.walk.begin(stale.nonce, stale.people);
		const routed = await world.walk.route(trigger(), stale.people);
		const filtered = await world.walk.filter(world.walk.step('filter', 'filter'), stale.people, { rule: { all: [] } });
		const parked = await world.walk.park(wait(), stale.people, HOUR_MS);
		const goals = await world.walk.goal(world.walk.step('goal', 'goal'), stale.people, { name: 'Ordered' });
		const mailed = await world.walk.email(world.walk.step('email', 'email'), stale.people, mailbox.mail());
		const left = await world.walk.exit(world.walk.step('exit', 'exit'), stale.people, 'stale');
		await world.engine.journeys.renew(stale.nonce, HOUR_MS);
		const settled = await world.walk.settle(stale, { kind: 'failed', reason: 'stale' });

		expect([begun.people, routed.flat(), filtered.flat(), parked, goals, left]).toEqual([[], [], [], [], [], []]);
		expect(mailed.results.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped', 'dropped', 'dropped']);
		expect(settled).toEqual({ settled: 0, released: 0, held: 0, away: 0 });
		expect(JSON.stringify([await world.tokens(), await world.enrollments()])).toBe(before);
		expect([mailbox.accepted, await world.messages(), await world.rows('select id from goal')]).toEqual([[], [], []]);
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
	});
});
