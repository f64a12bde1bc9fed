import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { storedObject } from '../profiles';
import type { Reader, Tx } from '../store';
import { noCounts } from './batch';
import { forgetSeen } from './seen';
import type { ImportCounts, ImportProgress, ImportState } from './types';

/** Imports can be looked at and undone this long; then what they changed is forgotten. */
export const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Whether what an import did is no longer kept. */
export function isForgotten(startedAtMs: number, touchedAtMs: number, nowMs: number): boolean {
	return startedAtMs < nowMs - KEPT_MS && touchedAtMs < nowMs - KEPT_MS;
}

/** Left alone this long, an import is over. */
export const LOST_AFTER_MS = 60 * 60 * 1000;

export interface NewImport {
	id: string;
	about: 'profiles' | 'events';
	source: string;
	dryRun: boolean;
}

export async function logStart(tx: Tx, { id, about, source, dryRun }: NewImport): Promise<void> {
	await tx.run(sql`insert into import (id, about, source, dry_run, state, report, line, started_at, touched_at)
		values (${id}, ${about}, ${source}, ${dryRun ? 1 : 0}, 'running', ${tx.dialect.json(noCounts())}, 0, ${tx.nowMs}, ${tx.nowMs})`);
}

/** How far it is (share: of the file, 0 to 1); within the transaction that stored the batch, so that it is never ahead of it or behind. */
export async function logProgress(tx: Tx, id: string, counts: ImportCounts, line: number, share: number | null): Promise<void> {
	await tx.run(sql`update import set report = ${tx.dialect.json({ ...counts, share })}, line = ${line}, touched_at = ${tx.nowMs} where id = ${id}`);
}

/** Only an import that is under way goes on; false: it is over by now, given up by another process. */
export async function isRunning(tx: Tx, id: string): Promise<boolean> {
	return (await tx.run(sql`update import set touched_at = ${tx.nowMs} where id = ${id} and state = 'running'`)) > 0;
}

/** Imports that have given no sign of life for an hour have lost their process: they are over. */
export async function failLost(tx: Tx): Promise<void> {
	const lost = await tx.all(sql<{ id: string }>`update import set state = 'failed' where state = 'running' and touched_at < ${tx.nowMs - LOST_AFTER_MS} returning id`);
	for (const { id } of lost) await forgetSeen(tx, id);
}

export async function logState(tx: Tx, id: string, state: ImportState): Promise<void> {
	await tx.run(sql`update import set state = ${state}, touched_at = ${tx.nowMs} where id = ${id}`);
}

/** `from`: how many were rejected before; the same line may be rejected for two things. */
export async function logRejects(tx: Tx, id: string, rejects: ReadonlyArray<{ line: number; reason: string }>, from: number): Promise<void> {
	if (rejects.length === 0) return;
	const rows = rejects.map(({ line, reason }, n) => ({ line, n: from + n, reason }));
	await tx.run(sql`insert into import_reject (import, line, n, reason) select ${id}, r.line, r.n, r.reason from ${tx.dialect.rows(rows, { line: 'integer', n: 'integer', reason: 'text' }, 'r')}`);
}

interface ImportRow {
	id: string;
	about: 'profiles' | 'events';
	source: string;
	dry_run: number;
	state: ImportState;
	report: unknown;
	line: number;
	started_at: number;
	touched_at: number;
}

const COLUMNS = sql`id, about, source, dry_run, state, report, line, started_at, touched_at`;

/** Throws NOT_FOUND. */
export async function readImport(reader: Reader, id: string): Promise<ImportProgress> {
	const row = await reader.first(sql<ImportRow>`select ${COLUMNS} from import where id = ${id}`);
	if (row === undefined) throw new EngineError('NOT_FOUND', 'There is no import with this id. It is in the report of the import, and kept for 30 days.');
	return viewOf(row);
}

export async function readImports(reader: Reader, limit: number): Promise<ImportProgress[]> {
	const rows = await reader.all(sql<ImportRow>`select ${COLUMNS} from import order by started_at desc, id limit ${sql.lit(limit)}`);
	return rows.map(viewOf);
}

function viewOf(row: ImportRow): ImportProgress {
	const { share = null, ...counts } = storedObject(row.report) as Partial<ImportCounts> & { share?: number | null };
	const isOver = row.state !== 'running' && row.state !== 'failed';
	return {
		importId: row.id, about: row.about, source: row.source, dryRun: row.dry_run === 1, state: row.state, line: row.line,
		startedAt: new Date(row.started_at).toISOString(), touchedAt: new Date(row.touched_at).toISOString(), ...noCounts(), ...counts,
		percent: share === null ? null : isOver ? 100 : Math.min(99, Math.floor(share * 100)),
	};
}

export function notUnderWay(): EngineError {
	return new EngineError('NOT_FOUND', 'This import is not under way: it has ended, failed, or was left alone for an hour. Start it again; rows that are stored already will not be doubled.');
}

/** Of an import that is there. Milliseconds since 1970. */
export async function startOf(reader: Reader, id: string): Promise<number> {
	return (await reader.first(sql<{ started_at: number }>`select started_at from import where id = ${id}`))?.started_at ?? 0;
}

export async function importSource(reader: Reader, id: string): Promise<string> {
	return (await reader.first(sql<{ source: string }>`select source from import where id = ${id}`))?.source ?? '';
}
