import { sql } from 'kysely';

import type { Tx } from '../store';
import type { ChangeCause, ChangedLevel, LevelKind } from './types';

export interface ScoreRow {
	profile: number;
	model: string;
	value: number;
	fit: number;
	engagement: number;
	grade: string;
	bucket: string;
	parts: string;
	due: number | null;
}

/** A level that changed, as history keeps it. */
export interface KeptChange {
	profile: number;
	model: string;
	kind: LevelKind;
	from: string | null;
	to: string;
	cause: ChangeCause;
	/** JSON. */
	why: string;
}

export async function writeScores(tx: Tx, rows: readonly ScoreRow[]): Promise<void> {
	if (rows.length === 0) return;
	const given = tx.dialect.rows(rows, {
		profile: 'integer', model: 'text', value: 'real', fit: 'real', engagement: 'real', grade: 'text', bucket: 'text', parts: 'text', due: 'integer',
	}, 'r');
	await tx.run(
		sql`insert into score (profile, model, value, fit, engagement, grade, bucket, updated_at, parts, due_at)
			select r.profile, r.model, r.value, r.fit, r.engagement, r.grade, r.bucket, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), r.parts, r.due from ${given} where true
			on conflict (profile, model) do update set value = excluded.value, fit = excluded.fit, engagement = excluded.engagement, grade = excluded.grade,
				bucket = excluded.bucket, updated_at = excluded.updated_at, parts = excluded.parts, due_at = excluded.due_at`,
	);
}

export async function writeChanges(tx: Tx, changes: readonly KeptChange[]): Promise<void> {
	if (changes.length === 0) return;
	const given = tx.dialect.rows(changes, { profile: 'integer', model: 'text', kind: 'text', from: 'text', to: 'text', cause: 'text', why: 'text' }, 'r');
	await tx.run(
		sql`insert into score_change (profile, model, kind, from_level, to_level, at, cause, why)
			select r.profile, r.model, r.kind, r."from", r."to", cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), r.cause, r.why from ${given}`,
	);
}

export function asChanged(changes: readonly KeptChange[], historical: (profile: number) => boolean): ChangedLevel[] {
	return changes.map((change) => {
		const { profile, model, kind, from, to } = change;
		return { profile, model, kind, from, to, historical: isMereStart(change) || historical(profile) };
	});
}

/** The level of somebody new for whom no rule has given anything: "becomes cold" must not take in everyone who ever signs up. */
function isMereStart({ kind, from, why }: KeptChange): boolean {
	return kind !== 'stage' && from === null && why === '[]';
}
