import { sql } from 'kysely';

import type { JsonValue } from '../kernel';
import type { PersonKeeper } from '../profiles';
import type { Tx } from '../store';
import { parsed, STAGES_KEY } from './book';
import { DEFAULT_STAGES } from './check';
import { viewChange } from './history';
import type { StageDefinition } from './types';

interface StageRow {
	stage: string;
	since: number;
}

interface Undo {
	changes: number[];
	into: StageRow | null;
	from: StageRow | null;
}

/**
 * Scores, stages and their history. A merge moves the history and keeps the stage that is further on; the scores of the person who
 * stays follow from all that was moved, once everybody's keeper is done (ProfileChange.looked).
 */
export const scoresKeeper: PersonKeeper = {
	name: 'scores',
	tables: ['score', 'score_change', 'stage', 'stage_recheck'],
	merge: async (tx, { into, from }) => {
		const changes = await tx.all(sql<{ id: number }>`select id from score_change where profile = ${from} order by id`);
		const undo: Undo = { changes: changes.map((row) => row.id), into: await stageOf(tx, into), from: await stageOf(tx, from) };
		await tx.run(sql`update score_change set profile = ${into} where profile = ${from}`);
		await tx.run(sql`delete from score where profile = ${from}`);
		await tx.run(sql`delete from stage where profile = ${from}`);
		await tx.run(sql`delete from stage_recheck where profile = ${from}`);
		if (undo.from !== null && (undo.into === null || (await isFurther(tx, undo.from.stage, undo.into.stage)))) await putStage(tx, into, undo.from);
		return undo as unknown as JsonValue;
	},
	unmerge: async (tx, { into, from }, given) => {
		const undo = given as unknown as Undo;
		if (undo.changes.length > 0) await tx.run(sql`update score_change set profile = ${from} where profile = ${into} and ${tx.dialect.anyOf(sql.ref('id'), undo.changes)}`);
		if (undo.from === null) return;
		await putStage(tx, from, undo.from);
		// Only what the merge gave goes back: a stage reached since then stays with the person who reached it.
		const now = await stageOf(tx, into);
		if (now === null || now.stage !== undo.from.stage || now.since !== undo.from.since) return;
		if (undo.into === null) await tx.run(sql`delete from stage where profile = ${into}`);
		else await putStage(tx, into, undo.into);
	},
	export: async (reader, profile) => {
		const iso = (ms: number): string => new Date(ms).toISOString();
		const scores = await reader.all(
			sql<{ model: string; value: number; fit: number; engagement: number; grade: string; bucket: string; updated_at: number }>`select model, value, fit, engagement, grade, bucket, updated_at
				from score where profile = ${profile} order by model`,
		);
		const stage = await reader.first(sql<StageRow>`select stage, since from stage where profile = ${profile}`);
		const changes = await reader.all(sql<Parameters<typeof viewChange>[0]>`select id, profile, model, kind, from_level, to_level, at, cause, why from score_change where profile = ${profile} order by id`);
		return {
			scores: scores.map(({ model, value, fit, engagement, grade, bucket, updated_at: at }) => ({ model, total: value, fit, engagement, grade, bucket, at: iso(at) })),
			stage: stage === undefined ? null : { stage: stage.stage, since: iso(stage.since) },
			changes: changes.map(viewChange).map(({ model, kind, from, to, at, cause }) => ({ model, kind, from, to, at, cause })),
		};
	},
	erase: async (tx, profile) => {
		for (const table of ['score', 'score_change', 'stage', 'stage_recheck']) await tx.run(sql`delete from ${sql.table(table)} where profile = ${profile}`);
	},
};

async function stageOf(tx: Tx, profile: number): Promise<StageRow | null> {
	return (await tx.first(sql<StageRow>`select stage, since from stage where profile = ${profile}`)) ?? null;
}

async function putStage(tx: Tx, profile: number, { stage, since }: StageRow): Promise<void> {
	await tx.run(sql`insert into stage (profile, stage, since) values (${profile}, ${stage}, ${since}) on conflict (profile) do update set stage = excluded.stage, since = excluded.since`);
}

async function isFurther(tx: Tx, one: string, other: string): Promise<boolean> {
	const row = await tx.first(sql<{ value: unknown }>`select value from setting where key = ${STAGES_KEY}`);
	const { stages } = row === undefined ? DEFAULT_STAGES : parsed<{ definition: Required<StageDefinition> }>(row.value).definition;
	const place = (stage: string): number => stages.findIndex(({ name }) => name === stage);
	return place(one) > place(other);
}
