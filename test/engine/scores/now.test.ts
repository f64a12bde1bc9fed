import { sql } from 'kysely';

import { DATABASES, type DatabaseKind } from '../databases';
import { exported, openEngine } from '../transfer/fixture';
import type { LocalEngine } from '../../../engine/engine';
import type { ManualClock } from '../../../engine/kernel';
import { DAY_MS, model, openScores } from './fixture';

const fading = { name: 'Visit', group: 'engagement' as const, points: 20, when: { event: 'Visit' }, decay: { halfLifeDays: 1 } };
const above10 = { score: 'M', operator: 'greater' as const, value: 10 };
const below10 = { score: 'M', operator: 'less' as const, value: 10 };
const ada = { kind: 'user_id', value: 'ada' };

/** Ada had 20 points three days ago, which no saved rule has compared with anything: 2.5 are left. */
async function faded(kind: DatabaseKind): Promise<{ engine: LocalEngine; clock: ManualClock; id: number; close(): Promise<void> }> {
	const { engine, clock, close } = await openEngine(kind);
	await engine.scores.saveModel(model([fading]));
	const { profiles } = await engine.events.ingest([{ type: 'track', event: 'Visit', userId: 'ada' }], { source: 't' });
	clock.advance(3 * DAY_MS);
	await engine.tick();
	expect((await engine.scores.explain('M', ada)).total).toBe(2.5);
	return { engine, clock, id: profiles[0] ?? 0, close };
}

async function journeyOn(engine: LocalEngine, segment: string): Promise<() => Promise<number>> {
	await engine.segments.save({ name: segment, rule: { any: [] }, wait: true });
	await engine.journeys.register({ workflow: 'w', step: 's', name: 'Start', type: 'trigger' }, { name: 'J', entry: { kind: 'segment', segment }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold' } as never);
	return async () => (await engine.store.read((reader) => reader.all(sql`select id from enrollment`))).length;
}

describe.each(DATABASES)('scores of now on %s', (kind) => {
	it('answer a rule that is not saved, however it is asked', async () => {
		const { engine, id, close } = await faded(kind);
		const enrolled = (engine.segments as unknown as { evaluateEnrolled(by: object, people: object[]): Promise<boolean[]> }).evaluateEnrolled;

		expect(await engine.segments.count({ rule: above10 })).toBe(0);
		expect(await engine.segments.preview({ rule: above10 })).toMatchObject({ count: 0, sample: [] });
		expect(await engine.segments.evaluate({ rule: above10 }, [id])).toEqual([]);
		expect(await enrolled({ rule: above10 }, [{ profile: id, enrollment: 1 }])).toEqual([false]);

		expect(await engine.segments.count({ rule: below10 })).toBe(1);
		expect(await engine.segments.preview({ rule: below10 })).toMatchObject({ count: 1 });
		expect(await engine.segments.evaluate({ rule: { none: [above10] } }, [id])).toEqual([id]);
		expect(await enrolled({ rule: below10 }, [{ profile: id, enrollment: 1 }])).toEqual([true]);
		await close();
	});

	it.each([['equals', 2.5, true], ['equals', 20, false], ['notEquals', 2.5, false], ['notEquals', 20, true], ['greaterOrEqual', 2.5, true], ['greater', 2.5, false], ['less', 2.5, false], ['lessOrEqual', 2.5, true]] as const)(
		'are compared by "%s" with %d', async (operator, value, holds) => {
			const { engine, id, close } = await faded(kind);

			expect(await engine.segments.evaluate({ rule: { score: 'M', operator, value } }, [id])).toEqual(holds ? [id] : []);
			await close();
		},
	);

	it('build a segment that is saved, so that nobody starts a journey by points that have faded', async () => {
		const { engine, close } = await faded(kind);
		const entered = await journeyOn(engine, 'S');

		await engine.segments.save({ name: 'S', rule: above10, startJourneys: true, wait: true });

		expect(await engine.segments.members('S')).toEqual([]);
		await engine.tick();
		await engine.tick();
		expect(await engine.segments.changes({ name: 'S' })).toEqual([]);
		expect(await entered()).toBe(0);
		await close();
	});

	it('build a segment that is saved, so that whoever belongs there by now starts a journey, once', async () => {
		const { engine, id, close } = await faded(kind);
		const entered = await journeyOn(engine, 'S');

		await engine.segments.save({ name: 'S', rule: below10, startJourneys: true, wait: true });

		expect((await engine.segments.members('S')).map(({ profile }) => profile)).toEqual([id]);
		await engine.tick();
		await engine.tick();
		expect((await engine.segments.changes({ name: 'S' })).map(({ change }) => change)).toEqual(['entered']);
		expect(await entered()).toBe(1);
		await close();
	});

	it('move whoever changes before the build of the scores has come to them', async () => {
		const { engine, clock, id, close } = await faded(kind);
		const entered = await journeyOn(engine, 'S');
		await engine.lists.create('L');
		await engine.segments.save({ name: 'S', rule: { all: [above10, { any: [{ attribute: 'vip', operator: 'exists' }, { list: 'L' }] }] }, wait: true });

		await engine.profiles.upsert([{ identities: [ada], attributes: { vip: 1 } }], { source: 't' });
		await engine.lists.add('L', [ada]);

		expect(await engine.segments.members('S')).toEqual([]);
		await engine.tick();
		expect(await entered()).toBe(0);
		await engine.events.ingest([{ type: 'track', event: 'Visit', userId: 'ada' }], { source: 't' });
		expect((await engine.segments.members('S')).map(({ profile }) => profile)).toEqual([id]);
		clock.advance(DAY_MS);
		await engine.tick();
		expect(await engine.segments.members('S')).toEqual([]);
		expect(await entered()).toBe(1);
		await close();
	});

	it('take nobody up a stage by points that have faded', async () => {
		const { engine, close } = await faded(kind);

		await engine.scores.defineStages({ stages: [{ name: 'lead' }, { name: 'hot lead', when: above10 }] });

		await engine.tick();
		expect(await engine.scores.stageOf([ada])).toMatchObject([{ stage: null }]);
		await close();
	});

	it('answer as well while a changed model has not reached everybody, and start no journey by it', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([fading]));
		const id = await world.did('ada', 'Visit');
		await world.segments.save({ name: 'S', rule: above10, wait: true });
		await world.settle();
		world.clock.advance(3 * DAY_MS);
		while ((await world.scores.tracker.recheckDue(500)) > 0);
		world.told.entries.length = 0;
		await world.store.tx('stop', async (tx) => {
			const config = JSON.stringify({ name: 'M', description: '', rules: [{ ...fading, points: 800 }], grades: [{ grade: 'A', from: 80 }], buckets: [{ name: 'cold' }, { name: 'warm', from: 30 }], bucketBy: 'total' });
			await tx.run(sql`update score_model set version = 2, config = ${tx.dialect.json(JSON.parse(config))} where name = 'M'`);
			await tx.run(sql`update setting set value = ${tx.dialect.json(9)} where key = 'scores.version'`);
			await tx.run(sql`insert into score_build (name, cursor, cause, last_id, version) values ('M', 0, 'model', ${id}, 9)`);
		});

		expect((await world.scores.of('M', [id]))[0]?.total).toBe(100);
		expect(await world.segments.evaluate({ rule: { score: 'M', operator: 'greater', value: 50 } }, [id])).toEqual([id]);
		expect((await world.profiles.get({ profileId: id }))?.scores).toMatchObject([{ value: 100, bucket: 'warm' }]);

		await world.segments.save({ name: 'Other', rule: { all: [above10, { attribute: 'vip', operator: 'exists' }] }, wait: true });
		await world.is('ada', { vip: 1 });
		expect(world.told.entries.filter(({ historical }) => !historical)).toEqual([]);
		await world.settle();
		expect((await world.segments.members('Other')).map(({ profile }) => profile)).toEqual([id]);
		expect(world.told.entries.filter(({ historical }) => !historical)).toEqual([]);
		await world.close();
	});

	it('are what a profile, an export and a person\'s own data show', async () => {
		const { engine, id, close } = await faded(kind);

		const shown = { model: 'M', grade: 'F', bucket: 'cold' };
		expect((await engine.profiles.get(ada))?.scores).toEqual([{ ...shown, value: 2.5, fit: 0, engagement: 2.5, updatedAt: '2026-03-05T09:00:00.000Z' }]);
		expect((await engine.scores.of('M', [id]))[0]?.total).toBe(2.5);
		expect(JSON.parse(await exported(engine.transfer, { about: 'profiles', format: 'ndjson', source: 't' }))).toMatchObject({ scores: [{ ...shown, value: 2.5 }] });
		expect(await exported(engine.transfer, { about: 'profiles', format: 'csv', source: 't' })).toContain('""value"":2.5');
		expect(JSON.stringify(await engine.privacy.exportPerson(ada, { source: 't' }))).toContain('"total":2.5');
		await close();
	});

	it('cost the same number of statements for thirty people as for one', async () => {
		let statements = 0;
		const world = await openScores(kind, (store) => ({
			...store, read: (work) => store.read((reader) => work({ ...reader, all: (query) => ((statements += 1), reader.all(query)), first: (query) => ((statements += 1), reader.first(query)) })),
		}));
		await world.scores.saveModel(model([fading]));
		const people: number[] = [];
		for (let n = 0; n < 30; n += 1) people.push(await world.did(`u${n}`, 'Visit'));
		world.clock.advance(DAY_MS);
		const cost = async (whom: number[]): Promise<number> => {
			statements = 0;
			await world.segments.evaluate({ rule: above10 }, whom);
			return statements;
		};
		await cost([1]);

		expect(await cost(people)).toBe(await cost(people.slice(0, 1)));
		await world.close();
	});
});
