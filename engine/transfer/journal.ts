import { sql } from 'kysely';

import { canonicalJson, hashId, type JsonObject, type JsonValue } from '../kernel';
import type { Identity } from '../events/types';
import { storedObject } from '../profiles';
import type { Reader, Tx } from '../store';

/** What one batch did to one person, as undo needs it. */
export interface PersonNote {
	profile: number;
	created: boolean;
	/** Attribute -> what it was (null: not there), for those that changed. Empty for a person who was made. */
	before: JsonObject;
	/** Attribute -> hash of what it is now; '' : of all attributes, for a person who was made. */
	after: Record<string, string>;
	identities: Identity[];
}

/** Values are not kept twice: undo only asks whether one is still the same. */
export function hashOf(value: JsonValue | undefined): string {
	return hashId('value', value === undefined ? 'none' : canonicalJson(value));
}

interface StoredNote {
	profile: number;
	created: number;
	before: unknown;
	after: unknown;
	identities: unknown;
}

export function readNote(row: StoredNote): PersonNote {
	const identities: unknown = typeof row.identities === 'string' ? JSON.parse(row.identities) : row.identities;
	return { profile: row.profile, created: row.created === 1, before: storedObject(row.before), after: storedObject(row.after) as Record<string, string>, identities: identities as Identity[] };
}

export async function notesOf(reader: Reader, importId: string, profiles: readonly number[]): Promise<Map<number, PersonNote>> {
	const rows = await reader.all(
		sql<StoredNote>`select profile, created, before, after, identities from import_person where import = ${importId} and ${reader.dialect.anyOf(sql.ref('profile'), profiles)}`,
	);
	return new Map(rows.map((row) => [row.profile, readNote(row)]));
}

/** Adds to what earlier rows of the same import did: of a person they made, or of an attribute they changed, the first `before` counts. Two statements. */
export async function notePeople(tx: Tx, importId: string, notes: readonly PersonNote[]): Promise<void> {
	const changed = notes.filter((note) => note.created || note.identities.length > 0 || Object.keys(note.after).length > 0);
	if (changed.length === 0) return;
	const earlier = await notesOf(tx, importId, changed.map((note) => note.profile));
	const rows = changed.map((note) => {
		const old = earlier.get(note.profile);
		if (old === undefined) return { ...note, created: note.created ? 1 : 0 };
		return {
			profile: note.profile, created: old.created ? 1 : 0, identities: [...old.identities, ...note.identities],
			before: old.created ? {} : { ...note.before, ...old.before }, after: { ...old.after, ...note.after },
		};
	});
	await tx.run(
		sql`insert into import_person (import, profile, created, before, after, identities) select ${importId}, r.profile, r.created, r.before, r.after, r.identities
			from ${tx.dialect.rows(rows, { profile: 'integer', created: 'integer', before: 'json', after: 'json', identities: 'json' }, 'r')} where true
			on conflict (import, profile) do update set created = excluded.created, before = excluded.before, after = excluded.after, identities = excluded.identities`,
	);
}

export async function noteEvents(tx: Tx, importId: string, messageIds: readonly string[]): Promise<void> {
	if (messageIds.length === 0) return;
	await tx.run(
		sql`insert into import_event (import, profile, event) select cast(${importId} as text), profile, id from event where ${tx.dialect.anyOf(sql.ref('message_id'), messageIds)} on conflict do nothing`,
	);
}

export interface ConsentNote {
	profile: number;
	channel: string;
	topic: string;
	before: string;
	before_source: string;
	state: string;
}

export async function noteConsents(tx: Tx, importId: string, notes: readonly ConsentNote[]): Promise<void> {
	if (notes.length === 0) return;
	const shape = { profile: 'integer', channel: 'text', topic: 'text', before: 'text', before_source: 'text', state: 'text' } as const;
	await tx.run(
		sql`insert into import_consent (import, profile, channel, topic, before, before_source, state, changed_at)
			select ${importId}, r.profile, r.channel, r.topic, r.before, r.before_source, r.state, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from ${tx.dialect.rows(notes, shape, 'r')} where true
			on conflict (import, profile, channel, topic) do update set state = excluded.state, changed_at = excluded.changed_at`,
	);
}

export async function noteSuppressions(tx: Tx, importId: string, notes: ReadonlyArray<{ profile: number; channel: string; address: string }>): Promise<void> {
	if (notes.length === 0) return;
	await tx.run(
		sql`insert into import_suppression (import, profile, channel, address) select ${importId}, r.profile, r.channel, r.address
			from ${tx.dialect.rows(notes, { profile: 'integer', channel: 'text', address: 'text' }, 'r')} where true on conflict do nothing`,
	);
}
