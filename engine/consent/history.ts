import { sql } from 'kysely';

import { iso, type JsonObject } from '../kernel';
import { storedObject } from '../profiles';
import type { Reader, Tx } from '../store';
import type { ConsentEntry } from './types';

/** A choice as it goes into the history. */
export interface HistoryRow {
	profile: number;
	kind: ConsentEntry['kind'];
	channel: string;
	topic: string;
	state: string;
	previous: string | null;
	source: string;
	given_at?: number | null;
	given_source?: string | null;
	text_version: string | null;
	ip: string | null;
	/** Not null: JSON's null would be stored as a text by one database and as nothing by the other. */
	seen: JsonObject | undefined;
}

const SHAPE = {
	profile: 'integer', kind: 'text', channel: 'text', topic: 'text', state: 'text', previous: 'text', source: 'text', given_at: 'integer', given_source: 'text', text_version: 'text',
	ip: 'text', seen: 'json',
} as const;

/** The only way into the history; nothing in it is ever changed. One statement. */
export async function appendHistory(tx: Tx, rows: readonly HistoryRow[]): Promise<void> {
	if (rows.length === 0) return;
	await tx.run(sql`insert into consent_history (profile, kind, channel, topic, state, previous, source, at, given_at, given_source, text_version, ip, seen)
		select profile, kind, channel, topic, state, previous, source, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), given_at, given_source, text_version, ip, seen
		from ${tx.dialect.rows(rows, SHAPE, 'given')}`);
}

interface StoredEntry extends Omit<HistoryRow, 'seen'> {
	id: number;
	given_at: number | null;
	given_source: string | null;
	at: number;
	seen: unknown;
}

/** Newest first. */
export async function readHistory(reader: Reader, profile: number, page: { before?: number; limit: number | null }): Promise<ConsentEntry[]> {
	const rows = await reader.all(sql<StoredEntry>`select id, kind, channel, topic, state, previous, source, at, given_at, given_source, text_version, ip, seen from consent_history
		where profile = ${profile} ${page.before === undefined ? sql`` : sql`and id < ${page.before}`} order by id desc ${page.limit === null ? sql`` : sql`limit ${sql.lit(page.limit)}`}`);
	return rows.map((row) => ({
		id: row.id, at: iso(row.at), kind: row.kind, channel: row.channel, topic: row.topic, state: row.state, previous: row.previous,
		source: row.source, givenAt: iso(row.given_at), givenSource: row.given_source, textVersion: row.text_version, ip: row.ip, seen: row.seen === null ? null : storedObject(row.seen),
	}));
}

/** Where the newest of all choices were made, by name. */
export async function recentSources(reader: Reader): Promise<string[]> {
	const rows = await reader.all(sql<{ source: string }>`select distinct source from (select source from consent_history order by id desc limit 20000) as newest`);
	return rows.map(({ source }) => source).sort();
}
