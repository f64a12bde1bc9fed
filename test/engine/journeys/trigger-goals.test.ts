import type { JourneyConfig, TriggerGoal } from '../../../engine/journeys/types';
import { DATABASES } from '../databases';
import { imported } from '../transfer/fixture';
import { protocolViolations } from './protocol-checks';
import { visits } from './walk';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from './world';

const STARTED = { kind: 'event', match: { event: 'Started' } } as const;
const ORDER: TriggerGoal = { name: 'First Order', match: { event: 'Order' }, withinMs: 7 * DAY_MS };

describe.each(DATABASES)('goals of a Journey Trigger on %s', (kind) => {
	let world: World;
	let ann: number;
	let bob: number;

	async function open(goals: TriggerGoal[], config: Partial<JourneyConfig> = {}, options: { test?: boolean } = {}): Promise<void> {
		world = await World.open(kind);
		[ann = 0, bob = 0] = await world.people(2, options);
		await world.walk.register(trigger(), { entry: STARTED, goals, ...config });
	}
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Started', atRest: false })).toEqual({});
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const order = async (profile: number, properties = {}, at?: number) => await world.engine.events.ingest([{ type: 'track', event: 'Order', profileId: profile, properties, ...(at === undefined ? {} : { timestamp: at }) }], { source: 'test' });
	const goals = async () => await world.rows<{ profile: number; name: string; value: string | null; currency: string | null }>('select profile, name, value, currency from goal order by reached_at, profile, name');
	const shown = async () => (await world.engine.journeys.status())[0]?.goals;

	it('count once for each run, in the transaction of the event, wherever the person stands', async () => {
		await open([ORDER]);
		await world.track('Started', [ann, bob]);
		world.clock.advance(MINUTE_MS);

		await order(ann);
		await order(ann);
		await world.track('Order', [bob, bob]);

		expect(await goals()).toMatchObject([{ profile: ann, name: 'First Order' }, { profile: bob, name: 'First Order' }]);
		expect(await shown()).toEqual([{ name: 'First Order', count: 2, value: '0', currency: null }]);
		expect(await world.enrollments()).toMatchObject([{ state: 'active' }, { state: 'active' }]);
	});

	it('count after the run has ended or was left, as long as the window is open, and not a moment longer', async () => {
		await open([ORDER], { exitOn: { event: 'Bye' } });
		await world.track('Started', [ann, bob]);
		await world.track('Bye', [bob]);
		await world.walk.settle(await world.walk.start(trigger()));
		world.clock.advance(7 * DAY_MS);
		await order(ann);
		world.clock.advance(1);
		await order(bob);

		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }, { state: 'exited', end_reason: 'Bye' }]);
		expect((await goals()).map(({ profile }) => profile)).toEqual([ann]);
	});

	it('go by the time of the event: what was before the entry does not count, what arrives late does', async () => {
		await open([ORDER]);
		const before = world.clock.nowMs() - HOUR_MS;
		await world.track('Started', [ann, bob]);
		const inTime = world.clock.nowMs() + HOUR_MS;
		world.clock.advance(30 * DAY_MS);

		await order(bob, {}, before);
		await order(ann, {}, inTime);

		expect(await goals()).toMatchObject([{ profile: ann }]);
		expect(await world.rows('select reached_at from goal')).toEqual([{ reached_at: inTime }]);
	});

	it('do not take the event that started the run for the goal', async () => {
		await open([{ ...ORDER, match: { event: 'Started' } }]);

		await world.track('Started', [ann]);
		const first = await goals();
		world.clock.advance(MINUTE_MS);
		await world.track('Started', [ann]);

		expect(first).toEqual([]);
		expect(await goals()).toMatchObject([{ profile: ann }]);
	});

	it('take only events that match, and events of a mail only for the run that sent it', async () => {
		await open([{ ...ORDER, match: { event: 'Order', filters: [{ path: 'total', operator: 'greater', value: 50 }] } }, { name: 'Clicked', match: { event: 'Email Link Clicked' }, withinMs: DAY_MS }]);
		await world.track('Started', [ann]);
		const [own] = await world.rows<{ id: number }>('select id from enrollment');

		await order(ann, { total: 10 });
		await world.track('Email Link Clicked', [ann], { enrollment: Number(own?.id) + 1 });
		const none = await goals();
		await order(ann, { total: 90 });
		await world.track('Email Link Clicked', [ann], { enrollment: Number(own?.id) });

		expect(none).toEqual([]);
		expect((await goals()).map(({ name }) => name).sort()).toEqual(['Clicked', 'First Order']);
	});

	it.each([
		[{ total: 49.9, currency: 'chf' }, '49.9', 'CHF'],
		[{ total: '1234.50' }, '1234.50', 'USD'],
		[{ total: 0.1 + 0.2 }, '0.3', 'USD'],
		[{ total: '1.234,50 €', currency: 'EUR' }, null, null],
		[{ total: 12, currency: 'Euro' }, '12', 'USD'],
		[{}, null, null],
	])('read what they are worth off the event: %j', async (properties, value, currency) => {
		await open([{ ...ORDER, valueProperty: 'total', currencyProperty: 'currency' }]);
		await world.track('Started', [ann]);

		await order(ann, properties);

		expect(await goals()).toEqual([{ profile: ann, name: 'First Order', value, currency }]);
	});

	it('end the run where they are to, with the goal as the reason, and people who wait are not mailed', async () => {
		await open([{ ...ORDER, exit: true }], { exitOn: { event: 'Order' } });
		await world.track('Started', [ann]);
		const leg = await world.walk.start(trigger());
		await world.walk.park(world.walk.step('wait', 'wait'), leg.people, DAY_MS);

		await order(ann);

		expect(await world.enrollments()).toMatchObject([{ state: 'exited', end_reason: 'goal: First Order', open_tokens: 0 }]);
		expect(await world.tokens()).toEqual([]);
		expect(await goals()).toHaveLength(1);
	});

	it('go by the virtual clock of test people', async () => {
		await open([ORDER, { name: 'Visit', match: { event: 'Viewed' }, withinMs: 30 * DAY_MS }], { virtualDaySeconds: 60 }, { test: true });
		await world.track('Started', [ann, bob]);
		world.clock.advance(7 * MINUTE_MS);
		await order(ann);
		world.clock.advance(1);
		await order(bob);

		expect((await goals()).map(({ profile }) => profile)).toEqual([ann]);
	});

	it('count each run of a person by itself', async () => {
		await open([ORDER]);
		await world.track('Started', [ann]);
		world.clock.advance(5 * DAY_MS);
		await world.track('Started', [ann]);
		world.clock.advance(5 * DAY_MS);

		await order(ann);

		expect(await world.rows('select e.id from goal g join enrollment e on e.id = g.enrollment where e.entered_at < (select max(entered_at) from enrollment)')).toEqual([]);
		expect(await goals()).toHaveLength(1);
	});

	it('and a Journey Goal of the same name count once between them, whichever comes first', async () => {
		await open([ORDER]);
		await world.track('Started', [ann, bob]);
		const leg = await world.walk.start(trigger());
		const goalStep = world.walk.step('goal', 'goal');
		await order(ann);
		await world.walk.goal(goalStep, leg.people, { name: 'First Order', value: '5' });
		await order(bob);

		expect(await goals()).toHaveLength(2);
		expect(await shown()).toMatchObject([{ count: 1 }, { count: 1 }]);
	});

	it('are a metric of experiments as those of the node are, once', async () => {
		await open([ORDER]);
		const split = world.walk.step('split', 'split');
		const config = { mode: 'experiment' as const, unit: 'person' as const, paths: [{ name: 'A' }, { name: 'B' }], metric: { kind: 'goal' as const, goal: 'First Order' }, windowMs: DAY_MS };
		await world.engine.experiments.register(split, config);
		await world.track('Started', [ann, bob]);
		const leg = await world.walk.start(trigger());
		await world.engine.experiments.split(split, visits(leg.people), config);
		world.clock.advance(MINUTE_MS);
		await order(ann);
		await order(ann);
		world.clock.advance(DAY_MS);
		await world.engine.tick();

		const [status] = await world.engine.experiments.status({ workflow: 'wf' });
		expect(status?.paths.reduce((sum, { conversions }) => sum + conversions, 0)).toBe(1);
		expect(status?.paths.reduce((sum, { matured }) => sum + matured, 0)).toBe(2);
	});

	describe('and people who turn out to be one', () => {
		beforeEach(async () => {
			await open([{ ...ORDER, exit: true }]);
			await world.change(`delete from identity where profile = ${bob} and kind = 'user_id'`);
		});

		it('count what the other half did after the entry, and not what it did before', async () => {
			await order(bob);
			world.clock.advance(MINUTE_MS);
			await world.track('Started', [ann]);
			await world.engine.profiles.merge({ profileId: ann }, { profileId: bob });
			const before = await goals();
			await world.engine.profiles.unmerge({ profileId: ann });
			world.clock.advance(MINUTE_MS);
			await order(bob);
			await world.engine.profiles.merge({ profileId: ann }, { profileId: bob });

			expect(before).toEqual([]);
			expect(await goals()).toMatchObject([{ profile: ann, name: 'First Order' }]);
			expect(await world.enrollments()).toMatchObject([{ state: 'exited', end_reason: 'goal: First Order' }]);
		});

		it('count for a run that has ended too, and no more once the merge is taken back', async () => {
			await world.track('Started', [ann]);
			await world.walk.settle(await world.walk.start(trigger()));
			world.clock.advance(MINUTE_MS);
			await order(bob);

			await world.engine.profiles.merge({ profileId: ann }, { profileId: bob });
			const merged = await goals();
			await world.engine.profiles.unmerge({ profileId: ann });

			expect(merged).toMatchObject([{ profile: ann }]);
			expect(await goals()).toEqual([]);
		});

		it('count once where both halves were in the journey', async () => {
			await world.walk.register(trigger(), { entry: STARTED, goals: [ORDER], reEntry: 'afterLeaving' });
			await world.track('Started', [ann, bob]);
			await world.engine.profiles.merge({ profileId: ann }, { profileId: bob });
			world.clock.advance(MINUTE_MS);

			await order(ann);

			expect(await goals()).toHaveLength(1);
		});
	});

	it('are taken back with the import whose event they were counted for', async () => {
		await open([ORDER]);
		await world.track('Started', [ann]);
		world.clock.advance(HOUR_MS);
		const at = new Date(world.clock.nowMs()).toISOString();
		const report = await imported(world.engine.transfer, `email,event,timestamp,messageId\np0@customer.example,Order,${at},m1\n`, { about: 'events', source: 'shop' });
		const counted = await goals();

		await world.engine.transfer.importUndo(report.importId, { source: 'test' });

		expect(counted).toHaveLength(1);
		expect(await goals()).toEqual([]);
	});

	it('that are set later, or for longer, also count for those who are inside', async () => {
		await open([]);
		await world.track('Started', [ann]);
		await world.walk.register(trigger(), { entry: STARTED, goals: [ORDER] });
		await world.engine.tick();

		await order(ann);

		expect(await goals()).toHaveLength(1);
	});

	it('are looked up by an index on the person, the journey and the open window', async () => {
		await open([ORDER]);
		if (kind === 'postgres') return;
		const plans = await world.rows<{ detail: string }>(`explain query plan select e.id, e.state from event ev cross join enrollment e where ev.id in (select value from json_each('[1,2]')) and e.profile = ev.profile and e.journey = 'j' and e.goals_until >= ev.occurred_at`);

		expect(plans.map(({ detail }) => detail).filter((detail) => / e /.test(`${detail} `))).toEqual(['SEARCH e USING INDEX enrollment_goals (profile=? AND journey=? AND goals_until>?)']);
	});

	it.each([
		[[{ ...ORDER, name: ' ' }], 'has no name'],
		[[ORDER, ORDER], 'Two goals of the journey are called "First Order"'],
		[[{ ...ORDER, withinMs: 0 }], 'has no time above 0'],
		[[{ ...ORDER, match: { event: '' } }], 'needs the name of an event'],
	])('that could not be meant are refused when the trigger is published (%#)', async (given, message) => {
		await open([]);

		await expect(world.walk.register(trigger(), { entry: STARTED, goals: given })).rejects.toThrow(message);
	});
});
