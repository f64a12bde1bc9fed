import { sql } from 'kysely';

import { iso, type JsonObject, type JsonValue } from '../kernel';
import { storedObject } from '../profiles';
import type { Reader } from '../store';
import { NOTE, readNote, type StoredNote } from './journal';

interface ConsentNote {
	import: string;
	channel: string;
	topic: string;
	before: string;
	before_source: string;
	state: string;
	changed_at: number;
	/** What proves the state, and the one before: JSON. */
	proof: unknown;
	before_proof: unknown;
	/** 1: the proof that stands beside the state is this import's. */
	proved: number | null;
}

interface WishNote {
	import: string;
	before: unknown;
	after: unknown;
	wish: unknown;
	noted_at: number;
}

/**
 * What imports noted of one person, so that they can be undone, for the copy of what is held on them: values that the engine keeps for 30
 * days although they are no longer true are told, too. Seven statements.
 */
export async function exportNotes(reader: Reader, profile: number, tables: readonly string[]): Promise<JsonValue> {
	const whose = sql<boolean>`profile = ${profile}`;
	const named = sql.join(tables.map((table) => sql`select import from ${sql.table(table)} where ${whose}`), sql` union `);
	const imports = await reader.all(sql<{ id: string; source: string; started_at: number }>`select id, source, started_at from import where id in (${named}) order by started_at, id`);
	const people = await reader.all(sql<StoredNote & { import: string; merged: number }>`select p.import, p.merged, ${NOTE} from import_person p where ${whose}`);
	const events = await reader.all(sql<{ import: string; n: number }>`select import, count(*) as n from import_event where ${whose} group by import`);
	const consents = await reader.all(sql<ConsentNote>`select import, channel, topic, before, before_source, state, changed_at, proof, before_proof, proved from import_consent where ${whose} order by channel, topic`);
	const suppressions = await reader.all(sql<{ import: string; channel: string; address: string; noted_at: number }>`select import, channel, address, noted_at from import_suppression where ${whose} order by channel, address`);
	const wishes = await reader.all(sql<WishNote>`select import, before, after, wish, noted_at from import_preference where ${whose}`);
	const sales = await reader.all(sql<{ import: string; before: string | null; changed_at: number; noted_at: number }>`select import, before, changed_at, noted_at from import_do_not_sell where ${whose}`);
	return imports.map(({ id, source, started_at: startedAt }) => {
		const of = <Row extends { import: string }>(rows: readonly Row[]) => rows.filter((row) => row.import === id);
		const [person] = of(people);
		const note = person === undefined ? null : readNote(person);
		const [wish] = of(wishes);
		const [sale] = of(sales);
		return {
			import: id, source, at: iso(startedAt), created: note?.created ?? false, merged: person?.merged === 1,
			attributesBefore: note?.before ?? {}, attributesChanged: Object.keys(note?.after ?? {}).filter((name) => name !== ''),
			identities: identities(note?.identities), identitiesSaidToo: identities(note?.said), merges: note?.merges ?? [], events: Number(of(events)[0]?.n ?? 0),
			consents: of(consents).map((row) => ({ channel: row.channel, topic: row.topic, before: row.before, sourceBefore: row.before_source, state: row.state, at: iso(row.changed_at), proof: proved(row.proof), proofBefore: proved(row.before_proof), proofAdded: row.proved === 1 })),
			suppressions: of(suppressions).map((row) => ({ channel: row.channel, address: row.address, at: iso(row.noted_at) })),
			preference: wish === undefined ? null : { before: chosen(wish.before), after: chosen(wish.after), wish: chosen(wish.wish), at: iso(wish.noted_at) },
			doNotSell: sale === undefined ? null : { sourceBefore: sale.before, since: iso(sale.changed_at), at: iso(sale.noted_at) },
		};
	});
}

function identities(given: ReadonlyArray<{ kind: string; value: string }> | undefined): JsonValue {
	return (given ?? []).map(({ kind, value }) => ({ kind, value }));
}

function proved(stored: unknown): JsonObject | null {
	const value: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored;
	return value === null || value === undefined ? null : storedObject(value);
}

/** As the API calls what people choose; null: nothing. */
function chosen(stored: unknown): JsonObject | null {
	const value: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored;
	if (value === null || value === undefined) return null;
	const { max_per_week: maxPerWeek = null, paused_until: pausedUntil = null } = storedObject(value);
	return { maxPerWeek, pausedUntil: typeof pausedUntil === 'number' ? iso(pausedUntil) : null };
}
