import { sql } from 'kysely';

import { scoresKeeper } from '../../../engine/scores';
import { DATABASES } from '../databases';
import { model, openScores, type ScoreWorld } from './fixture';

const ada = { kind: 'user_id', value: 'ada' };

async function stageOf(world: ScoreWorld): Promise<string | null | undefined> {
	return (await world.scores.stageOf([ada]))[0]?.stage;
}

async function put(world: ScoreWorld, stage: string): Promise<{ moved: boolean; reason: string | null } | undefined> {
	return (await world.scores.setStages([{ whose: ada, stage }], { who: 'Grace' }))[0];
}

describe.each(DATABASES)('stages on %s', (kind) => {
	it('go forward freely, never back, and keep who set them', async () => {
		const world = await openScores(kind);
		await world.is('ada', { n: 1 });

		expect(await put(world, 'lead')).toMatchObject({ moved: true, reason: null });
		expect(await put(world, 'Customer')).toMatchObject({ moved: true, to: 'customer' });
		expect(await put(world, 'lead')).toMatchObject({ moved: false, reason: expect.stringContaining('a move back to "lead" is not allowed') as string });
		expect(await put(world, 'customer')).toMatchObject({ moved: false, reason: null });
		expect(await put(world, 'friend')).toMatchObject({ moved: false, reason: expect.stringContaining('There is no stage "friend"') as string });

		expect(await stageOf(world)).toBe('customer');
		const { changes } = await world.scores.history({ whose: ada, kind: 'stage' });
		expect(changes.map(({ from, to, cause, why }) => [from, to, cause, why])).toEqual([['lead', 'customer', 'set', 'Grace'], [null, 'lead', 'set', 'Grace']]);
		await world.close();
	});

	it('go back where the list allows it, and nobody is left in a stage that the list lacks', async () => {
		const world = await openScores(kind);
		await world.is('ada', { n: 1 });
		await world.scores.defineStages({ stages: [{ name: 'new' }, { name: 'buyer' }, { name: 'fan' }], alsoAllowed: [{ from: 'fan', to: 'new' }] });
		await put(world, 'fan');

		expect(await put(world, 'buyer')).toMatchObject({ moved: false });
		expect(await put(world, 'new')).toMatchObject({ moved: true });
		await expect(world.scores.defineStages({ stages: [{ name: 'fan' }] })).rejects.toThrow('1 people are in the stage "new"');
		expect(await world.scores.stages()).toMatchObject({ people: [{ stage: 'new', people: 1 }, { stage: 'buyer', people: 0 }, { stage: 'fan', people: 0 }], building: false });
		await world.close();
	});

	it('are reached by their rules, also by a score and by time alone, and never left by them', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([{ name: 'Visits', group: 'engagement', points: 40, when: { event: 'Visit' }, mode: 'perOccurrence' }]));
		await world.scores.defineStages({ stages: [
			{ name: 'lead', when: { event: 'Visit' } },
			{ name: 'MQL', when: { bucket: 'M', in: ['hot'] } },
			{ name: 'quiet', when: { all: [{ event: 'Visit' }, { none: [{ event: 'Visit', withinSeconds: 60 }] }] } },
		] });
		const segment = await world.segments.save({ name: 'Qualified', rule: { stage: { in: ['MQL'] } }, wait: true });

		await world.is('ada', { n: 1 });
		expect(await stageOf(world)).toBeNull();
		await world.did('ada', 'Visit');
		expect(await stageOf(world)).toBe('lead');
		const id = await world.did('ada', 'Visit');
		expect(await stageOf(world)).toBe('MQL');
		expect(world.told.entries).toEqual([{ segment: segment.id, profile: id, historical: false }]);
		world.clock.advance(59_999);
		expect(await world.scores.tracker.recheckDue(10)).toBe(0);
		world.clock.advance(1);
		await world.scores.tracker.recheckDue(10);
		expect(await stageOf(world)).toBe('quiet');
		await world.did('ada', 'Visit');

		expect(await stageOf(world)).toBe('quiet');
		expect(await world.rows(sql`select * from stage_recheck`)).toEqual([]);
		expect(world.levels.filter((change) => change.kind === 'stage').map(({ from, to }) => [from, to])).toEqual([[null, 'lead'], ['lead', 'MQL'], ['MQL', 'quiet']]);
		await world.close();
	});

	it('follow a score that an attribute or time alone moves, and end there', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([
			{ name: 'N', group: 'fit', points: 40, when: { attribute: 'n', operator: 'equals', value: 1 } },
			{ name: 'Complaint', group: 'engagement', points: -40, when: { event: 'Complained' }, expiresAfterDays: 1 },
		]));
		await world.scores.defineStages({ stages: [{ name: 'warm', when: { bucket: 'M', in: ['warm'] } }, { name: 'over', when: { score: 'M', operator: 'greater', value: 35 } }] });
		await world.did('ada', 'Complained');
		await world.is('ada', { n: 1 });
		expect(await stageOf(world)).toBeNull();

		world.clock.advance(86_400_000);
		await world.scores.tracker.recheckDue(10);

		expect(await stageOf(world)).toBe('over');
		await world.is('ben', { n: 1 });
		expect(await world.scores.stageOf([{ kind: 'user_id', value: 'ben' }])).toMatchObject([{ stage: 'over' }]);
		await world.is('cleo', { m: 1 });
		await world.is('cleo', { n: 1 });
		expect(await world.scores.stageOf([{ kind: 'user_id', value: 'cleo' }])).toMatchObject([{ stage: 'over' }]);
		await world.close();
	});

	it('keep the segments and lists that their rules ask for', async () => {
		const world = await openScores(kind);
		await world.segments.save({ name: 'Large', rule: { attribute: 'n', operator: 'exists' }, wait: true });
		await world.segments.lists.create('Fair');
		await world.scores.defineStages({ stages: [{ name: 'one', when: { any: [{ segment: 'Large' }, { list: 'Fair' }] } }] });

		await expect(world.segments.delete('Large')).rejects.toThrow('used by the rule of a stage');
		await expect(world.segments.lists.delete('Fair')).rejects.toThrow('used by the rule of a stage');
		await world.scores.defineStages({ stages: [{ name: 'one' }] });
		await world.segments.delete('Large');
		await world.close();
	});

	it('of a new list are found for everybody who is there, without starting a journey', async () => {
		const world = await openScores(kind);
		await world.is('ada', { n: 1 });

		await world.scores.defineStages({ stages: [{ name: 'one', when: { attribute: 'n', operator: 'equals', value: 1 } }] });

		expect(await stageOf(world)).toBe('one');
		expect(world.levels).toMatchObject([{ kind: 'stage', to: 'one', historical: true }]);
		await expect(world.scores.defineStages({ stages: [{ name: 'one', when: { stage: { in: ['one'] } } }] })).rejects.toThrow(/round in circles/);
		await world.close();
	});

	it('are handed out with a person and forgotten with them', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([{ name: 'N', group: 'fit', points: 45, when: { attribute: 'n', operator: 'equals', value: 1 } }]));
		const id = await world.is('ada', { n: 1 });
		await put(world, 'lead');

		expect(await world.store.read((reader) => scoresKeeper.export(reader, id))).toMatchObject({ scores: [{ model: 'M', total: 45, grade: 'C' }], stage: { stage: 'lead' }, changes: [{}, {}, { kind: 'stage', to: 'lead' }] });
		await world.store.tx('erase', (tx) => scoresKeeper.eraseAll(tx, [id]));

		for (const table of scoresKeeper.tables) expect(await world.rows(sql`select * from ${sql.table(table)}`)).toEqual([]);
		await world.close();
	});
});
