import { sql } from 'kysely';

import { EngineError, type JsonObject } from '../kernel';
import { storedObject, type AuditCall } from '../profiles';
import type { Reader, Tx } from '../store';
import type { AuditPage, AuditQuery, AuditView } from './types';

/** What somebody did with people's data. Goes into the log within the transaction that did it: neither is ever there without the other. */
export interface AuditEntry {
	/** Domain and verb: 'consent.set', 'person.erase', 'import.undo', … */
	action: string;
	/** Who or what did it: 'n8n workflow 7, node "Import"', 'one-click', the source of an event, … Never a person's name or address. */
	who: string;
	/** Whom it was about, when it was one person. */
	profile?: number;
	/** How many people, when it was several. */
	count?: number;
	/** Ids, counts, channels, topics and the like: never an address, a name or an attribute's value. */
	detail?: JsonObject;
	/** Of one of several transactions: what the whole call has done until now. */
	call?: AuditCall;
}

const LONGEST_WHO = 200;

/** Writes entries to the audit log; one statement for any number, two for one that goes on with an earlier transaction's. */
export async function auditIn(tx: Tx, entries: AuditEntry | readonly AuditEntry[]): Promise<void> {
	const all = Array.isArray(entries) ? (entries as readonly AuditEntry[]) : [entries as AuditEntry];
	await insert(tx, all.filter(({ call }) => call === undefined).map(rowOf));
	for (const entry of all) if (entry.call !== undefined) await goOn(tx, rowOf(entry), entry.call);
}

type NewRow = ReturnType<typeof rowOf>;

function rowOf({ action, who, profile, count, detail }: AuditEntry) {
	return { action, who: who.slice(0, LONGEST_WHO), profile: profile ?? null, detail: { ...(count === undefined ? {} : { count }), ...detail } };
}

async function insert(tx: Tx, rows: readonly NewRow[]): Promise<number | null> {
	if (rows.length === 0) return null;
	const written = await tx.all(
		sql<{ id: number }>`insert into audit (at, action, actor, profile, detail) select cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), r.action, r.who, r.profile, r.detail
			from ${tx.dialect.rows(rows, { action: 'text', who: 'text', profile: 'integer', detail: 'json' }, 'r')} returning id`,
	);
	return written.at(-1)?.id ?? null;
}

async function goOn(tx: Tx, row: NewRow, call: AuditCall): Promise<void> {
	const known = call.entry === null ? 0 : await tx.run(sql`update audit set detail = ${tx.dialect.json(row.detail)} where id = ${call.entry}`);
	if (known > 0) return;
	const entry = await insert(tx, [row]);
	// A transaction that is taken back leaves no entry, and SQLite may give its number to somebody else's.
	tx.afterCommit(() => {
		call.entry = entry;
	});
}

const MOST_LISTED = 1000;

export interface AuditRow {
	id: number;
	at: number;
	action: string;
	actor: string;
	profile: number | null;
	detail: unknown;
}

export function viewOf(row: AuditRow): AuditView {
	return { id: row.id, at: new Date(row.at).toISOString(), action: row.action, who: row.actor, profile: row.profile, detail: storedObject(row.detail) };
}

/** Newest first. */
export async function readAudit(reader: Reader, query: AuditQuery): Promise<AuditPage> {
	const limit = Math.max(1, Math.min(MOST_LISTED, Math.floor(query.limit ?? 100)));
	const sinceMs = instant(query.since, 'since');
	const untilMs = instant(query.until, 'until');
	const rows = await reader.all(
		sql<AuditRow>`select id, at, action, actor, profile, detail from audit
			where ${query.before === undefined ? sql`true` : sql`id < ${query.before}`}
				and ${query.action === undefined || query.action === '' ? sql`true` : sql`action = ${query.action}`}
				and ${query.profile === undefined ? sql`true` : sql`profile = ${query.profile}`}
				and ${sinceMs === null ? sql`true` : sql`at >= ${sinceMs}`} and ${untilMs === null ? sql`true` : sql`at < ${untilMs}`}
			order by id desc limit ${sql.lit(limit + 1)}`,
	);
	const shown = rows.slice(0, limit);
	return {
		entries: shown.map(viewOf),
		before: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
	};
}

function instant(given: string | undefined, name: string): number | null {
	if (given === undefined || given === '') return null;
	const ms = Date.parse(given);
	if (Number.isNaN(ms)) throw new EngineError('BAD_INPUT', `"${name}" is not a time: give it in ISO 8601 (2026-03-02T09:00:00Z).`);
	return ms;
}
