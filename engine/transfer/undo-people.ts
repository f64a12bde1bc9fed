import { sql } from 'kysely';

import type { JsonObject, JsonValue } from '../kernel';
import { storedObject } from '../profiles';
import type { Tx } from '../store';
import { startOf } from './import-log';
import { hashOf, identityKey, othersOf, writeNotes, type OtherNote, type PersonNote } from './journal';
import type { Done, UndoParts } from './undo';

/** Tables in which something else than the import has left a trace of a person, when a row is there. */
const TRACES = ['enrollment', 'message', 'account_member', 'consent_request', 'profile_merge:into_profile', 'identified'] as const;

/** Attribute -> for whom it changed; gone: whom the import had made. */
export interface Reverted {
	names: Map<string, Set<number>>;
	gone: Set<number>;
}

/**
 * Removes the people whom the import made, and gives the others their attributes and identities back. What has changed or been said
 * again since stays; where it is a later import that says so, the note is handed over to it, for the day it is undone.
 */
export async function revertPeople(tx: Tx, parts: Pick<UndoParts, 'keepers'>, importId: string, notes: readonly PersonNote[], done: Done): Promise<Reverted> {
	const later = await othersOf(tx, importId, notes.map(({ profile }) => profile), await startOf(tx, importId));
	const heirs = new Set<OtherNote>();
	const made = notes.filter((note) => note.created);
	const { untouched, saidByImports } = await untouchedOf(tx, importId, made, later);
	for (const note of made) {
		const [heir, ...others] = later.get(note.profile) ?? [];
		const whole = saidByImports.get(note.profile);
		if (heir === undefined || whole === undefined) continue;
		// What the heir left: what those after it changed is theirs to give back, and no change of somebody else.
		Object.assign(heir, { created: true, before: {}, after: { '': hashOf(withoutChanges(whole, others)) }, identities: [...note.identities, ...heir.identities], said: [] });
		heirs.add(heir);
	}
	done.kept = made.length - untouched.size;
	if (untouched.size > 0) for (const keeper of parts.keepers()) await keeper.eraseAll(tx, [...untouched]);
	done.removed = untouched.size;

	const changed = notes.filter((note) => !note.created);
	const now = await attributesOf(tx, changed.map((note) => note.profile));
	const names = new Map<string, Set<number>>();
	const changes = changed.flatMap((note) => {
		const back = backOf(note, now.get(note.profile) ?? {}, later.get(note.profile) ?? [], heirs);
		done.attributesKept += Object.keys(note.before).length - back.names.length;
		for (const name of back.names) names.set(name, (names.get(name) ?? new Set()).add(note.profile));
		return back.names.length === 0 ? [] : [{ profile: note.profile, attributes: back.attributes }];
	});
	const identities = changed.flatMap((note) => {
		const { back, kept } = identitiesOf(note, later.get(note.profile) ?? [], heirs);
		done.identitiesKept += kept;
		return back.map(({ kind, value }) => ({ kind, value, profile: note.profile }));
	});
	done.reverted = new Set([...changes, ...identities].map(({ profile }) => profile)).size;
	if (changes.length > 0) {
		// Not by applyAttributes: for it, an e-mail that is unset is one the person took back, and its identities go, too.
		await tx.run(sql`update profile set attributes = r.attributes, updated_at = ${tx.nowMs} from ${tx.dialect.rows(changes, { profile: 'integer', attributes: 'json' }, 'r')} where profile.id = r.profile`);
	}
	if (identities.length > 0) {
		await tx.run(sql`delete from identity where ${tx.dialect.anyOf(sql.ref('profile'), identities.map(({ profile }) => profile))} and (kind, value, profile) in (select r.kind, r.value, r.profile from ${tx.dialect.rows(identities, { kind: 'text', value: 'text', profile: 'integer' }, 'r')})`);
	}
	const byImport = new Map<string, OtherNote[]>();
	for (const heir of heirs) byImport.set(heir.import, [...(byImport.get(heir.import) ?? []), heir]);
	for (const [other, rows] of byImport) await writeNotes(tx, other, rows.map((row) => ({ ...row, created: row.created ? 1 : 0 })));
	return { names, gone: untouched };
}

/** The attributes as they are to be, and the names of those that go back. */
function backOf(note: PersonNote, now: JsonObject, later: readonly OtherNote[], heirs: Set<OtherNote>): { names: string[]; attributes: JsonObject } {
	const values = new Map<string, JsonValue>(Object.entries(now));
	const names = Object.entries(note.before).flatMap(([name, old]) => {
		const mine = note.after[name];
		const isMine = hashOf(values.get(name)) === mine;
		const saidBy = later.filter(({ after }) => Object.hasOwn(after, name) && after[name] === mine);
		// What a later import found is what this one left: once this one is undone, it is what was there before. Not for who changed it, as
		// long as another one says it too: then it is that one's, and of several the first one's, who hands it on in turn.
		const [holder] = saidBy.filter(({ before }) => !Object.hasOwn(before, name));
		const finders = later.filter(({ before }) => Object.hasOwn(before, name) && hashOf(before[name] ?? undefined) === mine);
		for (const other of holder === undefined ? finders : [holder]) {
			other.before[name] = old;
			heirs.add(other);
		}
		if (!isMine || saidBy.length > 0) return [];
		if (old === null) values.delete(name);
		else values.set(name, old);
		return [name];
	});
	return { names, attributes: Object.fromEntries(values) };
}

function identitiesOf(note: PersonNote, later: readonly OtherNote[], heirs: Set<OtherNote>): { back: PersonNote['identities']; kept: number } {
	const back = note.identities.filter((identity) => {
		if (identity.said === true) return false;
		const key = identityKey(identity);
		const has = (list: PersonNote['identities']): boolean => list.some((one) => identityKey(one) === key);
		const saidBy = later.filter(({ said, identities: added }) => has(said) || has(added));
		const [heir] = saidBy.filter(({ identities: added }) => !has(added));
		if (heir !== undefined && !saidBy.some(({ identities: added }) => has(added))) {
			heir.said = heir.said.filter((one) => identityKey(one) !== key);
			heir.identities.push({ kind: identity.kind, value: identity.value });
			heirs.add(heir);
		}
		return saidBy.length === 0;
	});
	return { back, kept: note.identities.length - back.length };
}

/** The attributes as they were before these imports, of which the oldest comes first: as far as nobody has changed or said again what they left. */
function withoutChanges(now: JsonObject, imports: readonly OtherNote[]): JsonObject {
	const values = new Map<string, JsonValue>(Object.entries(now));
	for (const { before, after } of [...imports].reverse()) {
		for (const [name, old] of Object.entries(before)) {
			if (hashOf(values.get(name)) !== after[name]) continue;
			if (old === null) values.delete(name);
			else values.set(name, old);
		}
	}
	return Object.fromEntries(values);
}

/**
 * People the import made whose attributes and identities are still those it gave, and of whom nothing else is known; and those who
 * would be such people if later imports had not named or changed them, too, with their attributes now.
 */
async function untouchedOf(tx: Tx, importId: string, made: readonly PersonNote[], later: ReadonlyMap<number, readonly OtherNote[]>): Promise<{ untouched: Set<number>; saidByImports: Map<number, JsonObject> }> {
	if (made.length === 0) return { untouched: new Set(), saidByImports: new Map() };
	const ids = made.map((note) => note.profile);
	const now = await attributesOf(tx, ids);
	const identities = await tx.all(sql<{ profile: number; kind: string; value: string }>`select profile, kind, value from identity where ${tx.dialect.anyOf(sql.ref('profile'), ids)}`);
	const touched = new Set<number>();
	for (const { profile, after, identities: given } of made) {
		const others = later.get(profile) ?? [];
		if (hashOf(withoutChanges(now.get(profile) ?? {}, others)) !== after['']) touched.add(profile);
		const own = new Set([...given, ...others.flatMap((other) => other.identities.filter(({ said }) => said !== true))].map(identityKey));
		if (given.some(({ said }) => said === true) || identities.some((row) => row.profile === profile && !own.has(identityKey(row)))) touched.add(profile);
	}
	// The import's own events, consents and notes are gone by now: what is left is somebody else's, or another import's.
	const any = (column: string) => tx.dialect.anyOf(sql.ref(column), ids);
	const left = TRACES.map((trace) => {
		const [table = '', column = 'profile'] = trace.split(':');
		return sql<{ profile: number }>`select ${sql.ref(column)} as profile from ${sql.table(table)} where ${any(column)}`;
	});
	const lists = sql<{ profile: number }>`select m.profile from segment s cross join segment_member m where m.segment = s.id and s.kind = 'list' and ${any('m.profile')}`;
	// Of what only imports have said: by then it is what later ones say.
	const events = sql<{ profile: number }>`select e.profile from event e where ${any('e.profile')} and not exists (select 1 from import_event n where n.profile = e.profile and n.event = e.id and n.said = 0)`;
	const kept = sql<{ profile: number }>`select d.profile from do_not_sell d where ${any('d.profile')} and not (d.active = 1 and coalesce(d.by_import, 0) = 1
		and exists (select 1 from import_do_not_sell n where n.profile = d.profile and n.made = 1 and n.changed_at = d.changed_at))`;
	const wishes = sql<{ profile: number }>`select p.profile from preference p where ${any('p.profile')} and not (coalesce(p.by_import, 0) = 1
		and exists (select 1 from import_preference n where n.profile = p.profile and n.import <> ${importId}))`;
	const consents = sql<{ profile: number }>`select c.profile from consent c where ${any('c.profile')} and not (coalesce(c.by_import, 0) = 1 and exists (select 1 from import_consent n
		where n.profile = c.profile and n.channel = c.channel and n.topic = c.topic and n.state = c.state and n.changed_at = c.changed_at))`;
	// A stage that a rule gave came with the import; one that somebody set did not.
	const stages = sql<{ profile: number }>`select c.profile from score_change c where ${any('c.profile')} and c.kind = 'stage' and c.cause = 'set'`;
	for (const row of await tx.all(sql<{ profile: number }>`${sql.join([...left, lists, events, kept, wishes, consents, stages], sql` union `)}`)) touched.add(row.profile);
	const free = ids.filter((id) => !touched.has(id));
	return { untouched: new Set(free.filter((id) => !later.has(id))), saidByImports: new Map(free.flatMap((id) => (later.has(id) ? [[id, now.get(id) ?? {}]] : []))) };
}

async function attributesOf(tx: Tx, ids: readonly number[]): Promise<Map<number, JsonObject>> {
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	return new Map(rows.map((row) => [row.id, storedObject(row.attributes)]));
}
