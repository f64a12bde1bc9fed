import { sql } from 'kysely';

import type { PointsRule } from '../../../engine/scores';
import { DATABASES } from '../databases';
import { counting } from '../events/fixture';
import { DAY_MS, model, openScores, type ScoreWorld } from './fixture';

const pricing: PointsRule = { name: 'Pricing', group: 'engagement', points: 40, when: { event: 'Pricing Viewed' }, mode: 'perOccurrence', cap: { points: 90 }, decay: { halfLifeDays: 7 } };
const large: PointsRule = { name: 'Large', group: 'fit', points: 45, when: { attribute: 'size', operator: 'greater', value: 100 } };
const gone: PointsRule = { name: 'Unsubscribed', group: 'engagement', points: -20, when: { event: 'Unsubscribed' } };

async function bucketOf(world: ScoreWorld, profile: number): Promise<string | undefined> {
	return (await world.rows<{ bucket: string }>(sql`select bucket from score where profile = ${profile} and model = 'M'`))[0]?.bucket;
}

describe.each(DATABASES)('scores on %s', (kind) => {
	it('give points as people act, sum them by group, and name the bucket and the grade', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([pricing, large, gone]));

		const ada = await world.is('ada', { size: 500 });
		await world.did('ada', 'Pricing Viewed');
		await world.did('ada', 'Unsubscribed');

		expect(await world.scores.of('M', [ada])).toEqual([
			{ profile: ada, model: 'M', total: 65, fit: 45, engagement: 20, grade: 'C', bucket: 'warm', at: '2026-03-02T09:00:00.000Z' },
		]);
		expect(world.levels.map(({ kind: level, from, to }) => `${level} ${String(from)} ${to}`)).toEqual([
			'bucket null warm', 'grade null C', 'bucket warm hot', 'bucket hot warm',
		]);
		await world.close();
	});

	it('fade to the millisecond: a bucket ends when half the points are gone, though nothing happens', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([{ ...pricing, cap: {} }]));
		const ada = await world.did('ada', 'Pricing Viewed');
		await world.did('ada', 'Pricing Viewed');
		expect(await bucketOf(world, ada)).toBe('hot');
		// 80 points are 69.994 and so 69.99 after 7 days x log2(80 / 69.995).
		const endsMs = Math.ceil(7 * DAY_MS * Math.log2(80 / 69.995));

		world.clock.advance(endsMs - 1);
		expect(await world.scores.tracker.recheckDue(100)).toBe(0);
		expect(await bucketOf(world, ada)).toBe('hot');
		world.clock.advance(1);
		expect(await world.scores.tracker.recheckDue(100)).toBe(1);

		expect(await bucketOf(world, ada)).toBe('warm');
		expect(world.levels.at(-1)).toEqual({ profile: ada, model: 'M', kind: 'bucket', from: 'hot', to: 'warm', historical: false });
		const { changes } = await world.scores.history({ whose: { kind: 'user_id', value: 'ada' }, model: 'M' });
		expect(changes[0]).toMatchObject({ kind: 'bucket', from: 'hot', to: 'warm', cause: 'time', why: [{ rule: 'Pricing', points: expect.closeTo(-10.01, 2) as number }] });
		await world.close();
	});

	it('explain themselves: the parts add up, with occurrences, caps, decay and the last time', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([pricing, large, gone]));
		await world.is('ada', { size: 500 });
		for (const days of [0, 7, 14]) await world.did('ada', 'Pricing Viewed', days * DAY_MS);

		const explained = await world.scores.explain('M', { kind: 'user_id', value: 'ada' });

		expect(explained).toMatchObject({ total: 115, fit: 45, engagement: 70, bucket: 'hot', grade: 'C', version: 1, bucketSince: '2026-03-02T09:00:00.000Z', nextBucket: null, summary: '115 points, 45 for fit and 70 for engagement: bucket "hot", grade C. There is no higher bucket.' });
		expect(explained.parts).toEqual([
			{ rule: 'Pricing', group: 'engagement', points: 70, pointsWithoutDecay: 90, occurrences: 3, lastAt: '2026-03-02T09:00:00.000Z', capped: false, asks: 'People who did "Pricing Viewed".', sentence: '+70: 3 times, last on 2026-03-02 09:00 UTC; 90 without decay.' },
			{ rule: 'Large', group: 'fit', points: 45, pointsWithoutDecay: 45, occurrences: 1, lastAt: null, capped: false, asks: 'People whose size is more than 100.', sentence: '+45: it is so.' },
			{ rule: 'Unsubscribed', group: 'engagement', points: 0, pointsWithoutDecay: 0, occurrences: 0, lastAt: null, capped: false, asks: 'People who did "Unsubscribed".', sentence: '0: it has not happened.' },
		]);
		await world.did('ada', 'Pricing Viewed');
		expect((await world.scores.explain('M', { kind: 'user_id', value: 'ada' })).parts[0]).toMatchObject({ points: 90, occurrences: 4, capped: true, sentence: '+90: 4 times, last on 2026-03-02 09:00 UTC; no more than 90 in all.' });
		await world.did('ben', 'Pricing Viewed', 7 * DAY_MS);
		expect(await world.scores.explain('M', { kind: 'user_id', value: 'ben' })).toMatchObject({ nextBucket: { bucket: 'warm', missing: 10 }, summary: '20 points, 0 for fit and 20 for engagement: bucket "cold", grade F. 10 more and it is "warm".', bucketSince: '2026-03-02T09:00:00.000Z', gradeSince: null });
		await expect(world.scores.explain('M', { kind: 'user_id', value: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await world.close();
	});

	it('have a history that is read page by page, newest first', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([{ name: 'N', group: 'engagement', points: 80, when: { attribute: 'n', operator: 'equals', value: 1 } }, { name: 'Known', group: 'fit', points: 25, when: { all: [] } }]));
		for (const n of [1, 2, 1, 2]) await world.is('ada', { n });
		const ada = { kind: 'user_id', value: 'ada' };

		const first = await world.scores.history({ whose: ada, kind: 'bucket', limit: 3 });
		const second = await world.scores.history({ whose: ada, kind: 'bucket', limit: 3, before: first.next ?? 0 });

		expect(first.changes.map(({ from, to }) => `${String(from)} ${to}`)).toEqual(['hot cold', 'cold hot', 'hot cold']);
		expect(second).toMatchObject({ changes: [{ from: null, to: 'hot' }], next: null });
		expect((await world.scores.history({ model: 'M', kind: 'grade' })).changes).toHaveLength(1);
		await expect(world.scores.history({})).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await world.close();
	});

	it('are rebuilt by a new version in slices, while whoever changes is scored by it at once, and start no journey by that', async () => {
		const world = await openScores(kind);
		await world.events.ingest(Array.from({ length: 1200 }, (_none, n) => ({ type: 'identify' as const, userId: `u${n}`, traits: { n } })), { source: 't' });
		const hot = (points: number) => model([{ name: 'N', group: 'fit', points, when: { attribute: 'n', operator: 'exists' } }]);
		await world.scores.saveModel(hot(10));
		world.levels.length = 0;
		await world.store.tx('half', async (tx) => void (await tx.run(sql`insert into score_build (name, cursor, cause) values ('M', 750, 'model')`)));
		await world.store.tx('other', async (tx) => {
			await tx.run(sql`update score_model set config = ${tx.dialect.json({ ...(await world.scores.model('M')), rules: hot(90).rules })}, version = 2`);
			await tx.run(sql`update setting set value = ${tx.dialect.json(77)} where key = 'scores.version'`);
		});

		const changed = await world.is('u3', { n: 5 });
		const waiting = await world.is('u4', { other: 1 });
		expect([await bucketOf(world, changed), await bucketOf(world, waiting)]).toEqual(['hot', 'cold']);
		expect(await world.scores.build(1)).toBe(1);

		expect((await world.scores.model('M'))?.building).toBe(false);
		expect(await world.rows(sql`select bucket, count(*) as people from score group by bucket order by bucket`)).toEqual([{ bucket: 'cold', people: 749 }, { bucket: 'hot', people: 451 }]);
		await world.scores.recalculate('M');
		expect(await world.rows(sql`select bucket, count(*) as people from score group by bucket`)).toEqual([{ bucket: 'hot', people: 1200 }]);
		const live = world.levels.filter(({ historical }) => !historical).map(({ profile }) => profile);
		expect(new Set(live)).toEqual(new Set([changed]));
		await world.close();
	});

	it.each(['', 'half an emoji \ud83d'])('leave everything as it is when the same model is saved again, and keep every other version (described: %j)', async (description) => {
		const world = await openScores(kind);
		const first = await world.scores.saveModel(model([large], { description }));
		world.clock.advance(1000);
		const again = await world.scores.saveModel(model([{ ...large }], { description }));
		const second = await world.scores.saveModel(model([large, gone], { description: 'more' }));

		expect(again).toEqual(first);
		expect(second).toMatchObject({ version: 2, description: 'more', building: false });
		expect((await world.scores.modelVersions('M')).map(({ version, model: { rules } }) => [version, rules.length])).toEqual([[2, 2], [1, 1]]);
		await world.close();
	});

	it('follow the rule of a saved segment, also when it changes, and static lists', async () => {
		const world = await openScores(kind);
		await world.segments.save({ name: 'Big', rule: { attribute: 'size', operator: 'greater', value: 100 }, wait: true });
		await world.segments.lists.create('Fair');
		await world.scores.saveModel(model([
			{ name: 'Big', group: 'fit', points: 40, when: { segment: 'Big' } },
			{ name: 'Fair', group: 'engagement', points: 50, when: { none: [{ none: [{ list: 'Fair' }] }] } },
		]));
		const ada = await world.is('ada', { size: 60 });
		expect(await bucketOf(world, ada)).toBe('cold');

		await world.segments.save({ name: 'Big', rule: { attribute: 'size', operator: 'greater', value: 50 }, wait: true });
		await world.settle();
		expect(await bucketOf(world, ada)).toBe('warm');
		await world.segments.lists.add('Fair', [{ profileId: ada }]);
		expect(await bucketOf(world, ada)).toBe('hot');
		await world.segments.lists.remove('Fair', [{ profileId: ada }]);
		expect(await bucketOf(world, ada)).toBe('warm');
		await world.close();
	});

	it('move segments in the same transaction, and those hear of a time-driven change too', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([{ ...pricing, points: 100, cap: {} }]));
		const segment = await world.segments.save({ name: 'Top', rule: { score: 'M', operator: 'greaterOrEqual', value: 50 }, wait: true });
		await world.settle();

		const ada = await world.did('ada', 'Pricing Viewed');
		expect(world.told.entries).toEqual([{ segment: segment.id, profile: ada, historical: false }]);
		world.clock.advance(7 * DAY_MS);
		await world.scores.tracker.recheckDue(100);
		expect(await world.segments.members('Top')).toHaveLength(1);
		world.clock.advance(120_000);
		await world.scores.tracker.recheckDue(100);

		expect(await world.segments.members('Top')).toEqual([]);
		expect(world.told.leavers).toEqual([{ segment: segment.id, profile: ada, historical: false }]);
		await world.close();
	});

	it('of two merged people are those of one who did it all, and come apart again', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([pricing, large]));
		const web = (await world.events.ingest([{ type: 'track', anonymousId: 'a1', event: 'Pricing Viewed' }], { source: 't' })).profiles[0] ?? 0;
		const ada = await world.is('ada', { size: 500 });
		await world.scores.setStages([{ whose: { profileId: web }, stage: 'MQL' }, { whose: { profileId: ada }, stage: 'lead' }], { who: 'test' });
		const before = world.levels.length;

		await world.profiles.merge({ profileId: ada }, { profileId: web });

		expect(await world.scores.of('M', [ada])).toMatchObject([{ total: 85, bucket: 'hot' }]);
		expect(await world.scores.of('M', [web])).toMatchObject([{ profile: web, total: 85 }]);
		expect(await bucketOf(world, ada)).toBe('hot');
		expect(await world.rows(sql`select profile from score where profile = ${web}`)).toEqual([]);
		expect(await world.scores.stageOf([{ profileId: ada }])).toMatchObject([{ stage: 'MQL' }]);
		expect(world.levels.slice(before).every(({ historical }) => historical)).toBe(true);

		const { restored } = await world.profiles.unmerge({ profileId: ada });
		expect(await world.scores.of('M', [ada, restored])).toMatchObject([{ total: 45 }, { total: 40 }]);
		expect([await bucketOf(world, ada), await bucketOf(world, restored)]).toEqual(['warm', 'warm']);
		expect(await world.scores.stageOf([{ profileId: ada }, { profileId: restored }])).toMatchObject([{ stage: 'lead' }, { stage: 'MQL' }]);
		await world.close();
	});

	it('cost a constant number of statements, however many people a batch changes', async () => {
		let statements = (): number => 0;
		const world = await openScores(kind, (store) => {
			const counted = counting(store);
			statements = counted.statements;
			return counted.store;
		});
		await world.scores.saveModel(model([pricing, large, gone]));
		const batch = (from: number, count: number) => Array.from({ length: count }, (_none, n) => ({ type: 'track' as const, userId: `u${from + n}`, event: 'Pricing Viewed' }));
		const cost = async (from: number, count: number): Promise<number> => {
			const before = statements();
			await world.events.ingest(batch(from, count), { source: 't' });
			return statements() - before;
		};
		await cost(0, 2);

		expect(await cost(1000, 500)).toBe(await cost(2000, 5));
		await world.close();
	});

	it.each<[string, Parameters<ScoreWorld['scores']['saveModel']>[0], RegExp]>([
		['a rule that asks for a score', model([{ name: 'r', group: 'fit', points: 1, when: { any: [{ score: 'M', operator: 'greater', value: 1 }] } }]), /round in circles/],
		['decay of a condition', model([{ ...large, decay: { halfLifeDays: 3 } }]), /only a plain event/],
		['a cap on what counts once', model([{ ...gone, cap: { points: 3 } }]), /perOccurrence/],
		['two rules of one name', model([large, large]), /Two are named "Large"/],
		['points with three decimals', model([{ ...large, points: 1.005 }]), /two decimals/],
		['buckets that do not rise', model([large], { buckets: [{ name: 'a' }, { name: 'b', from: 5 }, { name: 'c', from: 5 }] }), /above that of the bucket before/],
		['grades out of order', model([large], { grades: [{ grade: 'B', from: 50 }, { grade: 'A', from: 40 }] }), /from A down/],
		['a key that means nothing', model([{ ...large, pointz: 3 } as PointsRule]), /means nothing/],
		['a segment that does not exist', model([{ ...large, when: { segment: 'Nope' } }]), /does not exist/],
	])('refuse %s and say what to do', async (_what, given, message) => {
		const world = await openScores(kind);
		await expect(world.scores.saveModel(given)).rejects.toThrow(message);
		await world.close();
	});

	it('are removed to the end by whoever comes next when the process that deleted their model died, and bother nobody until then', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([{ ...pricing, cap: {} }]));
		const ada = await world.did('ada', 'Pricing Viewed');
		await world.store.tx('died', async (tx) => {
			for (const table of ['score_model', 'score_model_version']) await tx.run(sql`delete from ${sql.table(table)}`);
			await tx.run(sql`insert into score_build (name, cursor, cause, last_id) values ('M', 0, 'gone', ${ada})`);
			await tx.run(sql`update setting set value = ${tx.dialect.json(77)} where key = 'scores.version'`);
		});

		world.clock.advance(100 * DAY_MS);
		expect(await world.scores.tracker.recheckDue(10)).toBe(1);
		expect(await world.scores.tracker.recheckDue(10)).toBe(0);
		await world.did('ada', 'Pricing Viewed');
		await expect(world.scores.saveModel(model([pricing]))).rejects.toThrow('still being removed');
		expect(await world.scores.build(10)).toBe(1);

		expect(await world.rows(sql`select 1 from score union all select 1 from score_change union all select 1 from score_build`)).toEqual([]);
		expect(await world.scores.saveModel(model([pricing]))).toMatchObject({ version: 1, building: false });
		await world.close();
	});

	it('are gone with their model, which is kept while a segment or a stage needs it', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([large]));
		await world.is('ada', { size: 500 });
		await world.segments.save({ name: 'Top', rule: { bucket: 'M', in: ['hot'] }, wait: true });
		await expect(world.scores.deleteModel('M')).rejects.toThrow(/used by the segment "Top"/);
		await world.segments.delete('Top');

		expect(await world.scores.deleteModel('M')).toEqual({ people: 1 });

		expect(await world.scores.models()).toEqual([]);
		expect(await world.rows(sql`select 1 from score union all select 1 from score_change`)).toEqual([]);
		await world.is('ada', { size: 1 });
		await world.close();
	});
});
