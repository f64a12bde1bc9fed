import { sql, type RawBuilder } from 'kysely';

import { EngineError } from '../kernel';
import { normaliseIdentity, storedObject, type IdentityOptions } from '../profiles';
import type { Reader } from '../store';
import { propertyFilterSql } from './filters';
import { readTimestamp } from './timestamp';
import type { EventsQuery, EventView } from './types';

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;
/** Rows a call looks at when it is not about one person: about 50 ms on SQLite, which has no index by name alone. */
const WINDOW = 100_000;
const FOREVER_MS = 8.64e15;

interface Row {
	id: number;
	profile: number;
	event_no: number;
	name: string;
	properties: unknown;
	occurred_at: number;
	received_at: number;
	source: string;
	message_id: string | null;
	historical: number;
}

/** See EventsApi.list. */
export async function listEvents(reader: Reader, query: EventsQuery, options: IdentityOptions): Promise<{ events: EventView[]; next: string | null }> {
	if (typeof query !== 'object' || query === null) throw new EngineError('BAD_INPUT', 'A query of events is an object.');
	const limit = limitOf(query.limit, DEFAULT_LIMIT);
	const conditions = conditionsOf(reader, query);
	if (query.profileId === undefined && query.identity === undefined) return await ofEverybody(reader, conditions, query.after, limit);
	const profile = await profileOf(reader, query, options);
	return profile === null ? { events: [], next: null } : await ofPerson(reader, profile, conditions, query.after, limit);
}

/** Throws BAD_INPUT. */
export function limitOf(given: number | undefined, usual: number): number {
	const limit = given ?? usual;
	if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) throw new EngineError('BAD_INPUT', `A limit is a whole number from 1 to ${LARGEST_LIMIT}; for more, ask for the next page.`);
	return limit;
}

function conditionsOf(reader: Reader, { name, filters, from, to }: EventsQuery): RawBuilder<unknown> {
	const conditions: Array<RawBuilder<unknown>> = [sql`e.occurred_at >= ${timeOf(from, 'from', 0)}`, sql`e.occurred_at < ${timeOf(to, 'to', FOREVER_MS)}`];
	if (name !== undefined && name !== '') conditions.push(sql`e.name = ${name}`);
	for (const filter of filters ?? []) conditions.push(propertyFilterSql(reader.dialect, sql.ref('e.properties'), filter));
	return sql.join(conditions, sql` and `);
}

function timeOf(given: string | number | undefined, what: string, otherwise: number): number {
	if (given === undefined || given === '') return otherwise;
	const ms = readTimestamp(given, FOREVER_MS);
	if (ms === null) throw new EngineError('BAD_INPUT', `"${what}" is neither ISO 8601 (2026-03-02T09:00:00Z) nor milliseconds since 1970.`);
	return ms;
}

async function profileOf(reader: Reader, { profileId, identity }: EventsQuery, options: IdentityOptions): Promise<number | null> {
	if (profileId !== undefined) {
		if (!Number.isSafeInteger(profileId)) throw new EngineError('BAD_INPUT', 'The profile id is not a whole number.');
		return profileId;
	}
	const result = normaliseIdentity(identity?.kind ?? '', identity?.value, options);
	if (!result.ok) throw new EngineError('BAD_INPUT', `This identity finds nobody: ${result.reason}`);
	const { kind, value } = result.identity;
	const row = await reader.first(sql<{ profile: number }>`select profile from identity where kind = ${kind} and value = ${value}`);
	return row?.profile ?? null;
}

async function ofPerson(reader: Reader, profile: number, conditions: RawBuilder<unknown>, after: string | undefined, limit: number) {
	const [at, no] = cursor(after, 2);
	const before = after === undefined ? sql`true` : sql`(e.occurred_at < ${at} or (e.occurred_at = ${at} and e.event_no < ${no}))`;
	const rows = await reader.all(sql<Row>`select ${COLUMNS} from event e where e.profile = ${profile} and ${before} and ${conditions}
		order by e.occurred_at desc, e.event_no desc limit ${limit}`);
	const last = rows.at(-1);
	return { events: rows.map(viewOf), next: rows.length < limit || last === undefined ? null : `${last.occurred_at}.${last.event_no}` };
}

async function ofEverybody(reader: Reader, conditions: RawBuilder<unknown>, after: string | undefined, limit: number) {
	const newest = after === undefined ? (await reader.first(sql<{ id: number | null }>`select max(id) as id from event`))?.id ?? 0 : (cursor(after, 1)[0] ?? 1) - 1;
	const down = Math.max(0, newest - WINDOW);
	const rows = await reader.all(sql<Row>`select ${COLUMNS} from event e where e.id <= ${newest} and e.id > ${down} and ${conditions}
		order by e.id desc limit ${limit}`);
	const from = rows.length === limit ? (rows.at(-1)?.id ?? 0) : down + 1;
	return { events: rows.map(viewOf), next: from <= 1 ? null : String(from) };
}

function cursor(after: string | undefined, parts: number): number[] {
	const numbers = (after ?? '').split('.').map(Number);
	if (after !== undefined && (numbers.length !== parts || !numbers.every(Number.isSafeInteger))) throw new EngineError('BAD_INPUT', '"after" is not the "next" of an earlier page of this list.');
	return numbers;
}

const COLUMNS = sql.join(['id', 'profile', 'event_no', 'name', 'properties', 'occurred_at', 'received_at', 'source', 'message_id', 'historical'].map((name) => sql.ref(`e.${name}`)));

function viewOf(row: Row): EventView {
	return {
		id: row.id,
		profileId: row.profile,
		name: row.name,
		properties: storedObject(row.properties),
		occurredAt: new Date(row.occurred_at).toISOString(),
		receivedAt: new Date(row.received_at).toISOString(),
		source: row.source,
		// Kept as source:messageId, since ids are unique per source.
		messageId: row.message_id?.startsWith(`${row.source}:`) === true ? row.message_id.slice(row.source.length + 1) : row.message_id,
		historical: row.historical === 1,
	};
}
