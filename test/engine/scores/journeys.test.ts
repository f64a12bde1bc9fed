import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const MODEL = { name: 'M', rules: [{ name: 'Visits', group: 'engagement' as const, points: 40, when: { event: 'Visit' }, mode: 'perOccurrence' as const, decay: { halfLifeDays: 1 } }] };

describe.each(DATABASES)('journeys that start on a score, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.engine.scores.saveModel(MODEL);
	});
	afterEach(async () => await world.close());

	const trigger = (): ReturnType<typeof world.walk.step> => world.walk.step('start', 'trigger');

	it('take people in with the event that makes them hot, once, and again when time made them warm and they come back', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'score', model: 'M', bucket: 'hot' }, reEntry: 'anyTime' });
		const [ada = 0] = await world.people(1);

		await world.track('Visit', [ada]);
		expect(await world.enrollments()).toEqual([]);
		await world.track('Visit', [ada]);
		expect(await world.enrollments()).toMatchObject([{ profile: ada, state: 'active' }]);
		await world.track('Visit', [ada]);
		expect(await world.enrollments()).toHaveLength(1);
		world.clock.advance(86_400_000);
		await world.engine.tick();
		await world.track('Visit', [ada]);

		expect(await world.enrollments()).toHaveLength(2);
	});

	it('also start when time alone brings a lower bucket, by a tick of the engine', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'score', model: 'M', bucket: 'cold' }, reEntry: 'never' });
		const [ada = 0] = await world.people(1);
		await world.track('Visit', [ada]);
		const { nextLookAt } = await world.engine.scores.explain('M', { profileId: ada });

		world.clock.set(Date.parse(nextLookAt ?? '') - 1);
		await world.engine.tick();
		expect(await world.enrollments()).toEqual([]);
		world.clock.advance(1);
		await world.engine.tick();

		expect(await world.enrollments()).toMatchObject([{ profile: ada, state: 'active' }]);
	});

	it('do not start for somebody new whom no rule has given anything, and do for somebody new who is hot at once', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'score', model: 'M', bucket: 'cold' } });
		await world.walk.register(world.walk.step('hot', 'trigger'), { entry: { kind: 'score', model: 'M', bucket: 'hot' } });
		await world.people(1);
		const cold = await world.enrollments();

		await world.engine.events.ingest([{ type: 'track', event: 'Visit', userId: 'new' }, { type: 'track', event: 'Visit', userId: 'new' }], { source: 'test' });

		expect(cold).toEqual([]);
		expect(await world.enrollments()).toMatchObject([{ state: 'active' }]);
	});

	it('start on a grade and on a stage, and not by a saved model, a merge or an import', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'score', model: 'Fit', grade: 'A' } }).catch((error: Error) => expect(error.message).toContain('There is no score model "Fit"'));
		const fit = (points: number) => ({ name: 'Fit', rules: [{ name: 'Size', group: 'fit' as const, points, when: { attribute: 'size', operator: 'exists' as const } }] });
		await world.engine.scores.saveModel(fit(10));
		await world.walk.register(trigger(), { entry: { kind: 'score', model: 'Fit', grade: 'A' } });
		await world.walk.register(world.walk.step('staged', 'trigger'), { entry: { kind: 'stage', stage: 'customer' } });
		const [ada = 0] = await world.people(1, { attributes: { size: 3 } });

		await world.engine.scores.saveModel(fit(90));
		expect(await world.enrollments()).toEqual([]);
		await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'imported' }], attributes: { size: 5 } }], { source: 't', historical: true });
		expect(await world.enrollments()).toEqual([]);
		await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'live' }], attributes: { size: 5 } }], { source: 't' });
		expect(await world.enrollments()).toHaveLength(1);
		await world.engine.scores.setStages([{ whose: { profileId: ada }, stage: 'customer' }], { who: 'test' });

		expect(await world.enrollments()).toHaveLength(2);
		await expect(world.walk.register(trigger(), { entry: { kind: 'score', model: 'Fit', bucket: 'boiling' } })).rejects.toThrow('no bucket "boiling". It has cold, warm, hot.');
		await expect(world.walk.register(trigger(), { entry: { kind: 'stage', stage: 'mql' } })).rejects.toThrow('There is no stage "mql". The stages are subscriber, lead, MQL');
		await expect(world.engine.scores.deleteModel('Fit')).rejects.toThrow(/used by the journey "Welcome"/);
	});

	it('leave one row of history for each change, whichever of two processes makes it', async () => {
		const { engine } = await world.another();
		const people = await world.people(40);
		const batch = people.map((profileId) => ({ type: 'track' as const, profileId, event: 'Visit' }));

		await Promise.all([world.engine, engine, world.engine, engine].map((one) => one.events.ingest(batch, { source: 't' })));
		world.clock.advance(5 * 86_400_000);
		await Promise.all([world.engine.tick(), engine.tick()]);

		const changes = await world.rows<{ levels: string; people: number }>(`select levels, count(*) as people from (select profile, count(*) as levels from score_change where kind = 'bucket' group by profile) as per group by levels`);
		const stored = await world.rows<{ value: number; people: number }>(`select bucket as value, count(*) as people from score group by bucket`);
		expect(stored).toEqual([{ value: 'cold', people: 40 }]);
		// cold -> warm -> hot, by a time or two in one step, then down by time: each goes on where the last one ended.
		const broken = await world.rows(`select c.id from score_change c join score_change d on d.profile = c.profile and d.kind = c.kind and d.id = (select min(e.id) from score_change e where e.profile = c.profile and e.kind = c.kind and e.id > c.id)
			where d.from_level <> c.to_level or d.to_level = c.to_level`);
		expect(broken).toEqual([]);
		expect(changes).toHaveLength(1);
	});
});
