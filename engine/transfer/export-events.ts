import { sql } from 'kysely';

import { sharableSql } from '../consent';
import type { Identity } from '../events/types';
import { EngineError, type JsonObject } from '../kernel';
import { storedObject } from '../profiles';
import type { Reader, Store } from '../store';
import { identityCell, textCell, valueCell } from './csv-cells';
import type { Export } from './exports';
import { OWN_EVENT, PREFIX } from './own';
import type { ExportOptions } from './types';

/** Event ids looked through in one statement: a rare name among millions must not make one statement read them all. */
const WINDOW = 5000;
/** Windows a chunk that has found nothing yet; then it answers with nothing, and the caller asks again. */
const MOST_WINDOWS = 20;

interface Row {
	id: number;
	profile: number;
	name: string;
	message_id: string | null;
	source: string;
	occurred_at: number;
	properties: unknown;
}

interface Filters {
	names: string[] | null;
	sinceMs: number | null;
	untilMs: number | null;
	sharableOnly: boolean;
}

/** Events in the order they were stored, up to the newest there is now. Throws BAD_INPUT. */
export async function openEventExport(store: Store, options: ExportOptions): Promise<Export> {
	const filters: Filters = { names: options.names === undefined || options.names.length === 0 ? null : options.names, sinceMs: instant(options.since, 'since'), untilMs: instant(options.until, 'until'), sharableOnly: options.sharableOnly === true };
	const lastId = await store.read(async (reader) => (await reader.first(sql<{ id: number | null }>`select max(id) as id from event`))?.id ?? 0);
	const kinds = options.format === 'csv' ? await kindsOf(store) : null;
	let after = 0;
	let head = kinds === null ? '' : `${[OWN_EVENT, 'event', 'timestamp', 'messageId', 'source', ...kinds.map((kind) => PREFIX.identity + kind), 'properties'].map(textCell).join(',')}\r\n`;
	return {
		next: async () => {
			let rows: Row[] = [];
			for (let windows = 0; windows < MOST_WINDOWS && rows.length < WINDOW / 2 && after < lastId; windows += 1) {
				rows = [...rows, ...(await store.read((reader) => look(reader, filters, after, Math.min(after + WINDOW, lastId))))];
				after = Math.min(after + WINDOW, lastId);
			}
			const whose = await store.read((reader) => identitiesOf(reader, [...new Set(rows.map((row) => row.profile))]));
			const text = head + rows.map((row) => (kinds === null ? jsonLine(row, whose.get(row.profile) ?? []) : csvLine(row, whose.get(row.profile) ?? [], kinds))).join('');
			head = '';
			return { text, rows: rows.length, done: after >= lastId };
		},
	};
}

async function look(reader: Reader, { names, sinceMs, untilMs, sharableOnly }: Filters, after: number, upTo: number): Promise<Row[]> {
	return await reader.all(
		sql<Row>`select id, profile, name, message_id, source, occurred_at, properties from event where id > ${after} and id <= ${upTo}
			and ${names === null ? sql`true` : reader.dialect.anyOf(sql.ref('name'), names)}
			and ${sinceMs === null ? sql`true` : sql`occurred_at >= ${sinceMs}`} and ${untilMs === null ? sql`true` : sql`occurred_at < ${untilMs}`}
			and ${sharableOnly ? sharableSql(sql.ref('event.profile')) : sql`true`} order by id`,
	);
}

async function identitiesOf(reader: Reader, profiles: readonly number[]): Promise<Map<number, Identity[]>> {
	const found = new Map<number, Identity[]>();
	if (profiles.length === 0) return found;
	const rows = await reader.all(
		sql<Identity & { profile: number }>`select profile, kind, value from identity where ${reader.dialect.anyOf(sql.ref('profile'), profiles)} order by profile, kind, created_at, value`,
	);
	for (const { profile, kind, value } of rows) found.set(profile, [...(found.get(profile) ?? []), { kind, value }]);
	return found;
}

/** Kinds of identity there are; one by one along the index, since a `distinct` would read all of it. */
async function kindsOf(store: Store): Promise<string[]> {
	const kinds: string[] = [];
	for (;;) {
		const row = await store.read((reader) => reader.first(sql<{ kind: string | null }>`select min(kind) as kind from identity where kind > ${kinds.at(-1) ?? ''}`));
		if (row === undefined || row.kind === null) return kinds;
		kinds.push(row.kind);
	}
}

function line(row: Row, identities: Identity[]): { [key: string]: string | number | JsonObject | JsonObject[] } {
	return {
		id: row.id, event: row.name, timestamp: new Date(row.occurred_at).toISOString(), ...(row.message_id === null ? {} : { messageId: row.message_id }), source: row.source,
		identities: identities.map(({ kind, value }) => ({ kind, value })), properties: storedObject(row.properties),
	};
}

function jsonLine(row: Row, identities: Identity[]): string {
	return `${JSON.stringify(line(row, identities)).replaceAll('\uFFFD', '\\ufffd')}\n`;
}

function csvLine(row: Row, identities: Identity[], kinds: readonly string[]): string {
	const cells = [String(row.id), textCell(row.name), new Date(row.occurred_at).toISOString(), textCell(row.message_id ?? ''), textCell(row.source)];
	for (const kind of kinds) {
		cells.push(identityCell(identities.filter((identity) => identity.kind === kind).map(({ value }) => value)));
	}
	cells.push(valueCell(storedObject(row.properties)));
	return `${cells.join(',')}\r\n`;
}

function instant(given: string | undefined, name: string): number | null {
	if (given === undefined || given === '') return null;
	const ms = Date.parse(given);
	if (Number.isNaN(ms)) throw new EngineError('BAD_INPUT', `"${name}" is not a time: give it in ISO 8601 (2026-03-02T09:00:00Z).`);
	return ms;
}
