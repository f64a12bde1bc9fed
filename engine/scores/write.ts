import { sql } from 'kysely';

import type { Tx } from '../store';
import type { ChangeCause, ChangedLevel, LevelKind } from './types';

/** A score as it is stored, but for when: that is the moment it is written at. */
export interface ScoreRow {
	profile: number;
	model: string;
	value: number;
	fit: number;
	engagement: number;
	grade: string;
	bucket: string;
	/** JSON: what each rule gave. */
	parts: string;
	due_at: number | null;
	/** Of the book it was scored by. */
	version: number;
}

/** Columns of a ScoreRow. */
export const SCORE_COLUMNS = {
	profile: 'integer', model: 'text', value: 'real', fit: 'real', engagement: 'real', grade: 'text', bucket: 'text', parts: 'text', due_at: 'integer', version: 'integer',
} as const satisfies Record<keyof ScoreRow, string>;

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
	const given = tx.dialect.rows(rows, SCORE_COLUMNS, 'r');
	await tx.run(
		sql`insert into score (profile, model, value, fit, engagement, grade, bucket, updated_at, parts, due_at, version)
			select r.profile, r.model, r.value, r.fit, r.engagement, r.grade, r.bucket, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), r.parts, r.due_at, r.version from ${given} where true
			on conflict (profile, model) do update set value = excluded.value, fit = excluded.fit, engagement = excluded.engagement, grade = excluded.grade,
				bucket = excluded.bucket, updated_at = excluded.updated_at, parts = excluded.parts, due_at = excluded.due_at, version = excluded.version`,
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
	// What a changed model or list makes of people is nothing that they did.
	return changes.map(({ profile, model, kind, from, to, cause }) => ({ profile, model, kind, from, to, historical: cause === 'model' || historical(profile) }));
}
