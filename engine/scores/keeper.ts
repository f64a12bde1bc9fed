import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import type { Merge, PersonKeeper } from '../profiles';
import type { Tx } from '../store';
import { Books, readStageNames } from './book';
import { noteHad } from './had';
import { viewChange } from './history';
import { currentScores } from './now';
import { SCORE_COLUMNS, type ScoreRow } from './write';

interface StageRow {
	stage: string;
	since: number;
}

/** A score as it is kept, for an unmerge: without it the person taken apart would look as if nobody had ever scored them. */
interface KeptScore extends ScoreRow {
	updated_at: number;
}

interface Undo {
	changes: number[];
	/** Absent in merges of a version that did not keep them. */
	scores?: KeptScore[];
	into: StageRow | null;
	from: StageRow | null;
}

const KEPT_COLUMNS = { ...SCORE_COLUMNS, updated_at: 'integer' } as const;

/**
 * Scores, stages and their history. A merge moves the history and keeps the stage that is further on; the scores of the person who
 * stays follow from all that was moved, once everybody's keeper is done (ProfileChange.looked).
 */
export const scoresKeeper: PersonKeeper = {
	name: 'scores',
	tables: ['score', 'score_change', 'stage', 'stage_recheck'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? null,
	mergeAll,
	unmerge: async (tx, { into, from }, given) => {
		const { changes, scores = [], into: had, from: gave } = given as unknown as Undo;
		if (changes.length > 0) await tx.run(sql`update score_change set profile = ${from} where profile = ${into} and ${tx.dialect.anyOf(sql.ref('id'), changes)}`);
		if (scores.length > 0) {
			const columns = sql.join(Object.keys(KEPT_COLUMNS).map((name) => sql.ref(name)));
			const values = sql.join(Object.keys(KEPT_COLUMNS).map((name) => sql.ref(`r.${name}`)));
			await tx.run(sql`insert into score (${columns}) select ${values} from ${tx.dialect.rows(scores, KEPT_COLUMNS, 'r')} join score_model m on m.name = r.model where true on conflict do nothing`);
		}
		if (gave === null) return;
		await putStages(tx, [{ profile: from, ...gave }]);
		// Only what the merge gave goes back: a stage reached since then stays with the person who reached it.
		const now = (await stagesOf(tx, [into])).get(into);
		if (now === undefined || now.stage !== gave.stage || now.since !== gave.since) return;
		if (had === null) await tx.run(sql`delete from stage where profile = ${into}`);
		else await putStages(tx, [{ profile: into, ...had }]);
	},
	export: async (reader, profile) => {
		const scores = (await currentScores(reader, await new Books().read(reader), [profile])).get(profile) ?? [];
		const stage = await reader.first(sql<StageRow>`select stage, since from stage where profile = ${profile}`);
		// What each rule gave when the score was stored: JSON, as it is kept.
		const parts = new Map((await reader.all(sql<{ model: string; parts: string }>`select model, parts from score where profile = ${profile}`)).map((row) => [row.model, JSON.parse(row.parts) as JsonValue]));
		const changes = await reader.all(sql<Parameters<typeof viewChange>[0]>`select id, profile, model, kind, from_level, to_level, at, cause, why from score_change where profile = ${profile} order by id`);
		return {
			scores: scores.map(({ model, value, fit, engagement, grade, bucket, updatedAtMs: at }) => ({ model, total: value, fit, engagement, grade, bucket, parts: parts.get(model) ?? null, at: iso(at) })),
			stage: stage === undefined ? null : { stage: stage.stage, since: iso(stage.since) },
			changes: changes.map(viewChange).map(({ model, kind, from, to, at, cause, why }) => ({ model, kind, from, to, at, cause, why: why as unknown as JsonValue })),
		};
	},
	eraseAll: async (tx, profiles) => {
		for (const table of ['score', 'score_change', 'stage', 'stage_recheck']) await tx.run(sql`delete from ${sql.table(table)} where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};

/** At most nine statements for all of them. */
async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const leaving = merges.map(({ from }) => from);
	const theirs = tx.dialect.anyOf(sql.ref('profile'), leaving);
	const changes = await tx.all(sql<{ id: number; profile: number }>`select id, profile from score_change where ${theirs} order by id`);
	const scores = await tx.all(sql<KeptScore>`select ${sql.join(Object.keys(KEPT_COLUMNS).map((name) => sql.ref(name)))} from score where ${theirs} order by profile, model`);
	const stages = await stagesOf(tx, merges.flatMap(({ into, from }) => [into, from]));
	const intoOf = new Map(merges.map(({ into, from }) => [from, into]));
	noteHad(tx, scores.flatMap(({ profile, model, bucket, grade }) => [['bucket', bucket], ['grade', grade]].map(([kind = '', to = '']) => ({ profile: intoOf.get(profile) ?? profile, model, kind, to }))));
	const order = stages.size === 0 ? [] : await readStageNames(tx);
	const staying = new Map<number, StageRow>();
	const undo = merges.map(({ into, from }): Undo => {
		const had = stages.get(into) ?? null;
		const gives = stages.get(from) ?? null;
		if (gives !== null && (had === null || order.indexOf(gives.stage) > order.indexOf(had.stage))) {
			stages.set(into, gives);
			staying.set(into, gives);
		}
		return { changes: changes.filter(({ profile }) => profile === from).map(({ id }) => id), scores: scores.filter(({ profile }) => profile === from), into: had, from: gives };
	});
	if (changes.length > 0) {
		await tx.run(sql`update score_change set profile = m."into" from ${tx.dialect.rows(merges, { into: 'integer', from: 'integer' }, 'm')} where score_change.profile = m."from"`);
	}
	for (const table of ['score', 'stage', 'stage_recheck']) await tx.run(sql`delete from ${sql.table(table)} where ${theirs}`);
	await putStages(tx, [...staying].map(([profile, row]) => ({ profile, ...row })));
	return undo as unknown as JsonValue[];
}

async function stagesOf(tx: Tx, profiles: readonly number[]): Promise<Map<number, StageRow>> {
	const rows = await tx.all(sql<StageRow & { profile: number }>`select profile, stage, since from stage where ${tx.dialect.anyOf(sql.ref('profile'), [...new Set(profiles)])}`);
	return new Map(rows.map(({ profile, stage, since }) => [profile, { stage, since }]));
}

async function putStages(tx: Tx, people: ReadonlyArray<StageRow & { profile: number }>): Promise<void> {
	if (people.length === 0) return;
	await tx.run(sql`insert into stage (profile, stage, since) select r.profile, r.stage, r.since from ${tx.dialect.rows(people, { profile: 'integer', stage: 'text', since: 'integer' }, 'r')} where true
		on conflict (profile) do update set stage = excluded.stage, since = excluded.since`);
}

