import { sql } from 'kysely';

import { EngineError, type JsonObject } from '../kernel';
import { storedObject } from '../profiles';
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
}

const LONGEST_WHO = 200;

/** Writes entries to the audit log; one statement for any number. */
export async function auditIn(tx: Tx, entries: AuditEntry | readonly AuditEntry[]): Promise<void> {
	const rows = (Array.isArray(entries) ? (entries as readonly AuditEntry[]) : [entries as AuditEntry]).map(({ action, who, profile, count, detail }) => ({
		action, who: who.slice(0, LONGEST_WHO), profile: profile ?? null, detail: { ...(count === undefined ? {} : { count }), ...detail },
	}));
	if (rows.length === 0) return;
	await tx.run(
		sql`insert into audit (at, action, actor, profile, detail) select cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), r.action, r.who, r.profile, r.detail
			from ${tx.dialect.rows(rows, { action: 'text', who: 'text', profile: 'integer', detail: 'json' }, 'r')}`,
	);
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
