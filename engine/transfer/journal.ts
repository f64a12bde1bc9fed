import { sql } from 'kysely';

import { canonicalJson, hashId, type JsonObject, type JsonValue } from '../kernel';
import type { Identity } from '../events/types';
import { storedObject } from '../profiles';
import type { Reader, Tx } from '../store';
import type { Proof } from './proof';

/** What one batch did to one person, as undo needs it. */
export interface PersonNote {
	profile: number;
	created: boolean;
	/** Attribute -> what it was (null: not there), for those that changed. Empty for a person who was made. */
	before: JsonObject;
	/** Attribute -> hash of what it is now; '' : of all attributes, for a person who was made. */
	after: Record<string, string>;
	/** Those it added. said: somebody has said it again since. */
	identities: Array<Identity & { said?: boolean }>;
	/** Ids of the merges into this person that it brought about, in their order. */
	merges: number[];
	/** Identities that it gave and that were there; stored where another import had added them. */
	said: Identity[];
}

/** A note with what is stored only where another import has noted this person: that this one says the same. */
export interface FreshNote extends PersonNote {
	/** Attribute -> hash, of those it gave that were so already. */
	same: Record<string, string>;
	/** Hash of all attributes now. */
	whole: string;
}

/** Values are not kept twice: undo only asks whether one is still the same. */
export function hashOf(value: JsonValue | undefined): string {
	return hashId('value', value === undefined ? 'none' : canonicalJson(value));
}

export interface StoredNote {
	profile: number;
	created: number;
	before: unknown;
	after: unknown;
	identities: unknown;
	merges: unknown;
	said: unknown;
}

export const NOTE = sql`p.profile, p.created, p.before, p.after, p.identities, p.merges, p.said`;

export function readNote(row: StoredNote): PersonNote {
	const list = (value: unknown): unknown[] => ((typeof value === 'string' ? JSON.parse(value) : value) ?? []) as unknown[];
	return {
		profile: row.profile, created: row.created === 1, before: storedObject(row.before), after: storedObject(row.after) as Record<string, string>,
		identities: list(row.identities) as Identity[], merges: list(row.merges) as number[], said: list(row.said) as Identity[],
	};
}

async function notesOf(reader: Reader, importId: string, profiles: readonly number[]): Promise<Map<number, PersonNote>> {
	const rows = await reader.all(sql<StoredNote>`select ${NOTE} from import_person p where p.import = ${importId} and ${reader.dialect.anyOf(sql.ref('p.profile'), profiles)}`);
	return new Map(rows.map((row) => [row.profile, readNote(row)]));
}

export interface OtherNote extends PersonNote {
	import: string;
}

/** What other imports noted of these people; `sinceMs`: only those that were under way then or later: of two at once nobody knows which one was first. Oldest import first. */
export async function othersOf(reader: Reader, importId: string, profiles: readonly number[], sinceMs = 0): Promise<Map<number, OtherNote[]>> {
	const rows = await reader.all(
		sql<StoredNote & { import: string }>`select p.import, ${NOTE} from import_person p join import i on i.id = p.import
			where p.import <> ${importId} and i.touched_at >= ${sinceMs} and ${reader.dialect.anyOf(sql.ref('p.profile'), profiles)} order by i.started_at, i.id`,
	);
	const found = new Map<number, OtherNote[]>();
	for (const row of rows) found.set(row.profile, [...(found.get(row.profile) ?? []), { ...readNote(row), import: row.import }]);
	return found;
}

export const identityKey = ({ kind, value }: Identity): string => `${kind} ${value}`;

/** What of a fresh note other imports have noted, too: undoing one of them leaves it. null: nothing to keep. */
function worthKeeping({ same, whole: _whole, ...note }: FreshNote, others: readonly OtherNote[]): PersonNote | null {
	const theirs = new Set(others.flatMap(({ identities, said }) => [...identities, ...said]).map(identityKey));
	const said = note.said.filter((identity) => theirs.has(identityKey(identity)));
	const told = Object.entries(same).filter(([name, hash]) => others.some(({ after }) => Object.hasOwn(after, name) && after[name] === hash));
	const says = others.length > 0 || note.created || note.identities.length > 0 || note.merges.length > 0 || Object.keys(note.after).length > 0;
	return says ? { ...note, said, after: { ...Object.fromEntries(told), ...note.after } } : null;
}

/** Adds to what earlier rows of the same import did: of a person they made, or of an attribute they changed, the first `before` counts. Three statements. */
export async function notePeople(tx: Tx, importId: string, fresh: readonly FreshNote[]): Promise<void> {
	if (fresh.length === 0) return;
	const ids = fresh.map((note) => note.profile);
	const others = await othersOf(tx, importId, ids);
	const earlier = await notesOf(tx, importId, ids);
	const rows = fresh.flatMap((one) => {
		const note = worthKeeping(one, others.get(one.profile) ?? []);
		if (note === null) return [];
		const old = earlier.get(note.profile);
		if (old === undefined) return [{ ...note, created: note.created ? 1 : 0 }];
		return [{
			profile: note.profile, created: old.created ? 1 : 0, identities: [...old.identities, ...note.identities], merges: [...old.merges, ...note.merges], said: [...old.said, ...note.said],
			before: old.created ? {} : { ...note.before, ...old.before }, after: old.created ? { '': one.whole } : { ...old.after, ...note.after },
		}];
	});
	await writeNotes(tx, importId, rows);
}

export async function writeNotes(tx: Tx, importId: string, rows: ReadonlyArray<Omit<PersonNote, 'created'> & { created: number }>): Promise<void> {
	if (rows.length === 0) return;
	const shape = { profile: 'integer', created: 'integer', before: 'json', after: 'json', identities: 'json', merges: 'json', said: 'json' } as const;
	await tx.run(
		sql`insert into import_person (import, profile, created, before, after, identities, merges, said) select ${importId}, r.profile, r.created, r.before, r.after, r.identities, r.merges, r.said
			from ${tx.dialect.rows(rows, shape, 'r')} where true
			on conflict (import, profile) do update set created = excluded.created, before = excluded.before, after = excluded.after, identities = excluded.identities, merges = excluded.merges, said = excluded.said`,
	);
}

export async function noteEvents(tx: Tx, importId: string, messageIds: readonly string[]): Promise<void> {
	if (messageIds.length === 0) return;
	await tx.run(
		sql`insert into import_event (import, profile, event) select cast(${importId} as text), profile, id from event where ${tx.dialect.anyOf(sql.ref('message_id'), messageIds)} on conflict do nothing`,
	);
}

/** Events that were there: only those which another import had brought, so that undoing that one leaves them to this one. */
export async function noteEventsToo(tx: Tx, importId: string, messageIds: readonly string[]): Promise<void> {
	if (messageIds.length === 0) return;
	await tx.run(
		sql`insert into import_event (import, profile, event, said) select cast(${importId} as text), e.profile, e.id, max(n.said) from event e join import_event n on n.profile = e.profile and n.event = e.id
			where ${tx.dialect.anyOf(sql.ref('e.message_id'), messageIds)} group by e.profile, e.id on conflict do nothing`,
	);
}

export interface ConsentNote {
	profile: number;
	channel: string;
	topic: string;
	before: string;
	before_source: string;
	/** 1: only imports had said so. */
	before_by_import: number | null;
	state: string;
	proof: Proof;
	/** Of what was before; when it was given here, too. */
	before_proof: Proof;
}

/** 'said': nothing changed, the file only says what was known. What the same import changed before keeps its time then. */
export async function noteConsents(tx: Tx, importId: string, notes: readonly ConsentNote[], how: 'said' | 'changed'): Promise<void> {
	if (notes.length === 0) return;
	const shape = { profile: 'integer', channel: 'text', topic: 'text', before: 'text', before_source: 'text', before_by_import: 'integer', state: 'text', proof: 'json', before_proof: 'json' } as const;
	await tx.run(
		sql`insert into import_consent (import, profile, channel, topic, before, before_source, before_by_import, state, changed_at, proof, before_proof)
			select ${importId}, r.profile, r.channel, r.topic, r.before, r.before_source, r.before_by_import, r.state, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), r.proof, r.before_proof from ${tx.dialect.rows(notes, shape, 'r')} where true
			on conflict (import, profile, channel, topic) ${how === 'said' ? sql`do nothing` : sql`do update set state = excluded.state, changed_at = excluded.changed_at, proof = excluded.proof`}`,
	);
}

/** Notes that are there: the proof that stands beside these states now is this import's. */
export async function noteProved(tx: Tx, importId: string, states: ReadonlyArray<{ profile: number; channel: string; topic: string }>): Promise<void> {
	if (states.length === 0) return;
	const given = tx.dialect.rows(states.map(({ profile, channel, topic }) => ({ profile, channel, topic })), { profile: 'integer', channel: 'text', topic: 'text' }, 'r');
	await tx.run(sql`update import_consent set proved = 1 from ${given} where import_consent.import = ${importId} and import_consent.profile = r.profile and import_consent.channel = r.channel and import_consent.topic = r.topic`);
}

export async function noteSuppressions(tx: Tx, importId: string, notes: ReadonlyArray<{ profile: number; channel: string; address: string; made: number }>): Promise<void> {
	if (notes.length === 0) return;
	await tx.run(
		sql`insert into import_suppression (import, profile, channel, address, made, noted_at) select ${importId}, r.profile, r.channel, r.address, r.made, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(notes, { profile: 'integer', channel: 'text', address: 'text', made: 'integer' }, 'r')} where true on conflict do nothing`,
	);
}
