import { sql } from 'kysely';

import type { PointsRule } from '../../../engine/scores';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

/** More than a save waits for: 10,000. */
const PEOPLE = 10_700;
const visit: PointsRule = { name: 'Visits', group: 'engagement', points: 20, when: { event: 'Visit' }, mode: 'perOccurrence' };
const model = (hotFrom: number) => ({ name: 'M', rules: [visit], buckets: [{ name: 'cold' }, { name: 'hot', from: hotFrom }] });

describe.each(DATABASES)('people whom the build of a changed model has not reached, on %s', (kind) => {
	let world: World;
	let warm: number;
	let other: number;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.engine.scores.saveModel(model(70));
		await world.engine.store.tx('fill', async (tx) => {
			const rows = tx.dialect.rows(Array.from({ length: PEOPLE }, (_none, n) => ({ n })), { n: 'integer' }, 'r');
			await tx.run(sql`insert into profile (attributes, is_test, created_at, updated_at, event_no) select ${tx.dialect.json({})}, 0, 0, 0, 0 from ${rows}`);
		});
		[warm = 0, other = 0] = await world.people(2);
		await world.track('Visit', [warm]);
		await world.track('Visit', [warm]);
		await world.walk.register(world.walk.step('start', 'trigger'), { entry: { kind: 'score', model: 'M', bucket: 'hot' }, reEntry: 'anyTime' });
	});
	afterEach(async () => await world.close());

	const history = async () => (await world.engine.scores.history({ model: 'M', kind: 'bucket' })).changes.map(({ profile, from, to, cause }) => ({ profile, from, to, cause }));

	it('start no journey by what the model makes of them, though they do something meanwhile, and start one by what they do next', async () => {
		await world.engine.segments.save({ name: 'Hot', rule: { bucket: 'M', in: ['hot'] }, wait: true });
		await world.walk.register(world.walk.step('member', 'trigger'), { entry: { kind: 'segment', segment: 'Hot' }, reEntry: 'anyTime' });
		await world.walk.register(world.walk.step('event', 'trigger'), { entry: { kind: 'event', match: { event: 'Visit' } }, reEntry: 'anyTime' });
		expect(await world.engine.scores.saveModel(model(50))).toMatchObject({ building: true });

		expect(await world.track('Visit', [warm])).toBe(1);

		expect((await world.enrollments()).map(({ profile }) => profile)).toEqual([warm]);
		expect((await world.engine.segments.members('Hot')).map(({ profile }) => profile)).toEqual([warm]);
		expect(await history()).toEqual([{ profile: warm, from: 'cold', to: 'hot', cause: 'model' }]);
	});

	it('are their own again once they were scored by it: a second thing they do starts the journey', async () => {
		await world.engine.scores.saveModel(model(75));
		await world.track('Visit', [warm]);
		expect(await world.enrollments()).toEqual([]);

		await world.track('Visit', [warm]);

		expect(await world.enrollments()).toMatchObject([{ profile: warm }]);
		expect(await history()).toEqual([{ profile: warm, from: 'cold', to: 'hot', cause: 'change' }]);
	});

	it('are not those who come after the save, nor those whom the build has been at', async () => {
		await world.engine.scores.saveModel(model(40));
		await world.engine.events.ingest(['one', 'two'].map((messageId) => ({ type: 'track' as const, userId: 'new', event: 'Visit', messageId })), { source: 't' });
		expect(await world.enrollments()).toHaveLength(1);

		await world.engine.tick();
		expect((await world.engine.scores.model('M'))?.building).toBe(false);
		await world.track('Visit', [other]);
		await world.track('Visit', [other]);

		expect((await world.enrollments()).map(({ profile }) => profile)).toContain(other);
		expect((await world.enrollments()).map(({ profile }) => profile)).not.toContain(warm);
		expect((await history()).filter(({ profile }) => profile === warm)).toEqual([{ profile: warm, from: 'cold', to: 'hot', cause: 'model' }]);
	});

	it('are not those whom only a recalculation, or a segment that compares with their score, has to come by', async () => {
		await world.engine.scores.saveModel({ ...model(60), rules: [{ ...visit, decay: { halfLifeDays: 1000 } }] });
		for (let tick = 0; tick < 2; tick += 1) await world.engine.tick();
		await world.engine.segments.save({ name: 'Over 35', rule: { score: 'M', operator: 'greaterOrEqual', value: 35 }, wait: true });
		await world.track('Visit', [warm]);
		expect((await world.enrollments()).map(({ profile }) => profile)).toEqual([warm]);

		expect(await world.engine.scores.recalculate('M')).toMatchObject({ building: true });
		await world.track('Visit', [other]);
		await world.engine.scores.recalculate('M');
		await world.track('Visit', [other, other]);
		await world.track('Visit', [other]);

		expect((await world.enrollments()).map(({ profile }) => profile)).toEqual([warm, other]);
		expect((await history())[0]).toMatchObject({ profile: other, to: 'hot', cause: 'change' });
	});

	it('are those to whom a changed segment gives points', async () => {
		await world.engine.segments.save({ name: 'Lent', rule: { attribute: 'nothing', operator: 'exists' }, wait: true });
		await world.engine.scores.saveModel({ ...model(70), rules: [visit, { name: 'Lent', group: 'fit', points: 60, when: { segment: 'Lent' } }] });
		for (let tick = 0; tick < 2; tick += 1) await world.engine.tick();

		await world.engine.segments.save({ name: 'Lent', rule: { attribute: 'number', operator: 'exists' }, wait: true });
		await world.track('Visit', [warm]);
		await world.engine.tick();
		await world.track('Visit', [other]);

		expect(await world.enrollments()).toEqual([]);
		expect((await history()).map(({ profile, cause }) => ({ profile, cause }))).toEqual([{ profile: other, cause: 'model' }, { profile: warm, cause: 'model' }]);
	});

	it('rise to no stage live by a changed list', async () => {
		await world.walk.register(world.walk.step('staged', 'trigger'), { entry: { kind: 'stage', stage: 'lead' }, reEntry: 'anyTime' });
		expect(await world.engine.scores.defineStages({ stages: [{ name: 'lead', when: { event: 'Visit' } }] })).toMatchObject({ building: true });

		await world.track('Visit', [warm]);

		expect(await world.enrollments()).toEqual([]);
		expect(await world.engine.scores.stageOf([{ profileId: warm }])).toMatchObject([{ stage: 'lead' }]);
	});
});
