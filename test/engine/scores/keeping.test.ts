import { sql } from 'kysely';

import { createScores, scoresKeeper } from '../../../engine/scores';
import { DATABASES } from '../databases';
import { DAY_MS, model, openScores, type ScoreWorld } from './fixture';

const visits = { name: 'Visits', group: 'engagement' as const, points: 40, when: { event: 'Visit' }, mode: 'perOccurrence' as const };
const size = { name: 'Size', group: 'fit' as const, points: 45, when: { attribute: 'size', operator: 'exists' as const } };

async function history(world: ScoreWorld) {
	return (await world.scores.history({ model: 'M' })).changes.reverse().map(({ profile, kind, from, to, cause, why }) => ({ profile, kind, from, to, cause, why }));
}

describe.each(DATABASES)('the history of scores on %s', (kind) => {
	it('begins where somebody gets points, and names only rules that have a say in the level', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([visits, size], { bucketBy: 'engagement' }));
		const ada = await world.is('ada', { other: 1 });
		expect(await history(world)).toEqual([]);

		await world.did('ada', 'Visit');
		await world.is('ada', { size: 3 });

		expect(await history(world)).toEqual([
			{ profile: ada, kind: 'bucket', from: 'cold', to: 'warm', cause: 'change', why: [{ rule: 'Visits', points: 40 }] },
			{ profile: ada, kind: 'grade', from: 'F', to: 'C', cause: 'change', why: [{ rule: 'Size', points: 45 }] },
		]);
		await world.close();
	});

	it('says of each person by themselves why, though another of the batch was merged', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([visits]));
		await world.events.ingest([{ type: 'track', anonymousId: 'a1', event: 'Visit' }], { source: 't' });
		const ada = await world.is('ada', { n: 1 });

		const { profiles } = await world.events.ingest([{ type: 'identify', userId: 'ada', anonymousId: 'a1' }, { type: 'track', userId: 'ben', event: 'Visit' }], { source: 't' });

		const causes = (await history(world)).slice(1).map(({ profile, to, cause }) => ({ profile, to, cause }));
		expect(causes).toEqual(expect.arrayContaining([{ profile: ada, to: 'warm', cause: 'merge' }, { profile: profiles[1], to: 'warm', cause: 'change' }]) as unknown);
		expect(causes).toHaveLength(2);
		await world.close();
	});

	it('is kept for two years', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([visits]));
		await world.did('ada', 'Visit');
		world.clock.advance(DAY_MS);
		await world.did('ada', 'Visit');
		world.clock.advance(729 * DAY_MS);
		expect(await world.scores.tidy()).toBe(0);

		world.clock.advance(1);

		expect(await world.scores.tidy()).toBe(1);
		expect((await history(world)).map(({ to }) => to)).toEqual(['hot']);
		expect(await world.scores.explain('M', { kind: 'user_id', value: 'ada' })).toMatchObject({ bucketSince: '2026-03-03T09:00:00.000Z', gradeSince: null });
		await world.close();
	});

	it('tells since when two merged people have their bucket by the newest change to it, not by that of the other', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([visits]));
		const ada = await world.did('ada', 'Visit');
		await world.did('ada', 'Visit');
		world.clock.advance(DAY_MS);
		const web = (await world.events.ingest([{ type: 'track', anonymousId: 'a1', event: 'Visit' }], { source: 't' })).profiles[0] ?? 0;

		await world.profiles.merge({ profileId: ada }, { profileId: web });

		expect(await world.scores.explain('M', { profileId: ada })).toMatchObject({ bucket: 'hot', bucketSince: '2026-03-02T09:00:00.000Z' });
		await world.close();
	});

	it('costs a merge of many people no more statements than one of two', async () => {
		const world = await openScores(kind);
		await world.scores.saveModel(model([visits]));
		const cost = async (from: number, count: number): Promise<number> => {
			const pairs = Array.from({ length: count }, (_none, n) => from + n);
			await world.events.ingest(pairs.flatMap((n) => [{ type: 'track' as const, anonymousId: `a${n}`, event: 'Visit' }, { type: 'track' as const, userId: `u${n}`, event: 'Visit' }]), { source: 't' });
			const ids = (of: string, who: string) => world.rows<{ profile: number }>(sql`select profile from identity where kind = ${of} and ${sql.raw(`value in (${pairs.map((n) => `'${who}${n}'`).join(',')})`)} order by profile`);
			const [into, leaving] = [await ids('user_id', 'u'), await ids('anonymous_id', 'a')];
			await world.scores.setStages(leaving.map(({ profile }) => ({ whose: { profileId: profile }, stage: 'lead' })), { who: 't' });
			let statements = 0;
			await world.store.tx('merge', async (tx) => {
				const counted = { ...tx, dialect: tx.dialect, nowMs: tx.nowMs } as typeof tx;
				for (const way of ['all', 'first', 'run'] as const) {
					const plain = tx[way].bind(tx) as (query: never) => Promise<never>;
					(counted as unknown as Record<string, unknown>)[way] = (query: never) => {
						statements += 1;
						return plain(query);
					};
				}
				await scoresKeeper.mergeAll?.(counted, into.map(({ profile }, n) => ({ into: profile, from: leaving[n]?.profile ?? 0, eventNoOffset: 0, lastEventNo: 0 })));
			});
			expect(await world.rows(sql`select 1 from stage where ${sql.raw(`profile in (${into.map(({ profile }) => profile).join(',')})`)}`)).toHaveLength(count);
			return statements;
		};

		expect(await cost(0, 1)).toBe(await cost(100, 60));
		await world.close();
	});
});

describe.each(DATABASES)('what a changed model or list leaves without effect on %s', (kind) => {
	it('is told with the model: levels that somebody asks for, and segments that are gone or ask for scores', async () => {
		const world = await openScores(kind);
		await world.segments.save({ name: 'Large', rule: { attribute: 'size', operator: 'exists' }, wait: true });
		await world.scores.saveModel(model([visits, { ...size, when: { segment: 'Large' } }]));
		await world.segments.save({ name: 'Top', rule: { any: [{ bucket: 'M', in: ['hot', 'warm'] }, { grade: 'M', in: ['A', 'F'] }] }, wait: true });
		expect((await world.scores.model('M'))?.warnings).toEqual([]);

		await world.segments.save({ name: 'Large', rule: { score: 'M', operator: 'greater', value: 3 }, wait: true });
		const { warnings } = await world.scores.saveModel(model([visits, { ...size, when: { attribute: 'size', operator: 'exists' } }], { buckets: [{ name: 'cold' }, { name: 'warm', from: 10 }], grades: [] }));

		expect(warnings).toEqual(['The segment "Top" asks for the bucket "hot", which there is no more: nobody has it. Change one of the two.', 'The segment "Top" asks for the grade "A", which there is no more: nobody has it. Change one of the two.']);
		await world.close();
	});

	it('is told of a segment that has come to ask for a score, and of stages', async () => {
		const world = await openScores(kind);
		await world.segments.save({ name: 'Large', rule: { attribute: 'size', operator: 'exists' }, wait: true });
		await world.scores.saveModel(model([visits, { ...size, when: { segment: 'Large' } }]));
		await world.segments.save({ name: 'Staged', rule: { stage: { in: ['lead', 'SQL'] } }, wait: true });
		await world.scores.defineStages({ stages: [{ name: 'lead', when: { bucket: 'M', in: ['boiling'] } }, { name: 'buyer', when: { segment: 'Staged' } }] }).catch((error: Error) => expect(error.message).toContain('round in circles'));
		const { warnings: staged } = await world.scores.defineStages({ stages: [{ name: 'lead', when: { bucket: 'M', in: ['boiling'] } }, { name: 'buyer' }] });

		await world.segments.save({ name: 'Large', rule: { score: 'M', operator: 'greater', value: 3 }, wait: true });

		expect(staged).toEqual(['The segment "Staged" asks for the stage "SQL", which there is no more: nobody has it. Change one of the two.']);
		expect((await world.scores.model('M'))?.warnings).toEqual([
			'The rule "Size" asks for the segment "Large", which by now asks for a score or a stage itself: the rule holds for nobody. Change one of the two.',
			'The stage "lead" asks for the bucket "boiling", which there is no more: nobody has it. Change one of the two.',
		]);
		await world.close();
	});
});

describe.each(DATABASES)('people asked for by an identity on %s', (kind) => {
	it('are found by a phone number as it is written in the country of the settings', async () => {
		const world = await openScores(kind);
		const scores = createScores({ store: world.store, segments: world.segments, reactions: { levelsChanged: () => Promise.resolve({ entered: 0 }) }, identityOptions: () => Promise.resolve({ defaultCountry: 'DE' }) });
		await scores.saveModel(model([visits]));
		const { profiles } = await world.profiles.upsert([{ identities: [{ kind: 'phone', value: '+49 30 901820' }] }], { source: 't' });
		const phone = { kind: 'phone', value: '030 901820' };

		expect(await scores.find([phone])).toEqual(profiles);
		expect(await scores.explain('M', phone)).toMatchObject({ profile: profiles[0], total: 0 });
		expect((await scores.history({ whose: phone })).changes).toEqual([]);
		expect(await scores.setStages([{ whose: phone, stage: 'lead' }], { who: 't' })).toMatchObject([{ moved: true, profile: profiles[0] }]);
		expect(await scores.stageOf([phone])).toMatchObject([{ stage: 'lead' }]);
		await world.close();
	});
});
