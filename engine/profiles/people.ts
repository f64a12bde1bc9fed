import { sql } from 'kysely';

import type { Identity } from '../events/types';
import type { Reader } from '../store';
import { mergedInto } from './alias';
import { apartOf } from './apart';

/** Whose a message, row or call is: an engine id, which wins, or normalised identities. */
export interface IdentitySet {
	profileId?: number;
	identities: readonly Identity[];
	/** An id the person had before (alias), when it may be the user id of a profile too: then that is a conflict, not an anonymous id. */
	previousId?: string;
}

/** A profile while a batch is being decided. Profiles that turn out to be one person point to the one that stays. */
export interface Person {
	/** null until the profile is made. */
	id: number | null;
	userId: string | undefined;
	/** Identities by kind; of a profile that was there before the batch known only when somebody asked (countIdentities). */
	counts: Map<string, number>;
	/** Whom this one was merged into within the batch. */
	into: Person | null;
	/** Those merged into this one, in order, and the kind of identity that showed it. */
	absorbed: Array<{ person: Person; via: string }>;
	/** Ids of profiles that somebody has unmerged from this one; known only when somebody asked (markApart). */
	apart: Set<number>;
}

/** Whom the identities of a batch belong to, by kind and value. */
export type Owners = Map<string, Map<string, Person>>;

export interface KnownPeople {
	owners: Owners;
	/** By the ids as they were given: a merged id leads to the profile it was merged into. */
	byGivenId: Map<number, Person>;
	/** Profiles that exist, by their own id. */
	byId: Map<number, Person>;
}

export function newPerson(id: number | null): Person {
	return { id, userId: undefined, counts: new Map(), into: null, absorbed: [], apart: new Set() };
}

/** What the database knows about the identities and ids of a batch. */
export interface FoundPeople {
	kinds: readonly string[];
	/** Profile ids as they were given, and whose they are now. */
	ids: ReadonlyMap<number, number>;
	identities: readonly FoundIdentity[];
}

interface FoundIdentity extends Identity {
	profile: number;
}

/** The profiles behind all identities and ids of a batch: one statement a kind of identity. */
export async function findPeople(reader: Reader, sets: readonly IdentitySet[]): Promise<FoundPeople> {
	const asked = new Map<string, Set<string>>();
	const ids = new Set<number>();
	const ask = (kind: string, value: string): void => {
		const values = asked.get(kind);
		if (values === undefined) asked.set(kind, new Set([value]));
		else values.add(value);
	};
	for (const { profileId, identities, previousId } of sets) {
		if (profileId !== undefined) ids.add(profileId);
		for (const { kind, value } of identities) ask(kind, value);
		if (previousId !== undefined) ask('user_id', previousId);
	}
	return { kinds: [...asked.keys()], ids: await existing(reader, ids), identities: await lookUp(reader, asked) };
}

/** People as they were found, to be decided about: a decision leaves its marks on them. */
export function peopleOf(found: FoundPeople): KnownPeople {
	const byId = new Map<number, Person>();
	const person = (id: number): Person => {
		let one = byId.get(id);
		if (one === undefined) byId.set(id, (one = newPerson(id)));
		return one;
	};
	const byGivenId = new Map<number, Person>();
	for (const [given, id] of found.ids) byGivenId.set(given, person(id));
	const owners: Owners = new Map(found.kinds.map((kind) => [kind, new Map<string, Person>()]));
	for (const { kind, value, profile } of found.identities) {
		const owner = person(profile);
		if (kind === 'user_id') owner.userId = value;
		owners.get(kind)?.set(value, owner);
	}
	return { owners, byGivenId, byId };
}

async function existing(reader: Reader, ids: ReadonlySet<number>): Promise<Map<number, number>> {
	if (ids.size === 0) return new Map();
	const rows = await reader.all(sql<{ id: number }>`select p.id from profile p where ${reader.dialect.anyOf(sql.ref('p.id'), [...ids])}`);
	const found = new Map(rows.map(({ id }) => [id, id]));
	if (found.size < ids.size) for (const [id, profile] of await mergedInto(reader, [...ids].filter((id) => !found.has(id)))) found.set(id, profile);
	return found;
}

/** How many identities of each kind these profiles have, and their user ids; one statement. */
export async function countIdentities(reader: Reader, people: ReadonlyMap<number, Person>): Promise<void> {
	const rows = await reader.all(
		sql<{ profile: number; kind: string; n: number; user_id: string | null }>`select profile, kind, count(*) as n, max(case when kind = 'user_id' then value end) as user_id
			from identity where ${reader.dialect.anyOf(sql.ref('profile'), [...people.keys()])} group by profile, kind`,
	);
	for (const { profile, kind, n, user_id } of rows) {
		const person = people.get(profile);
		person?.counts.set(kind, n);
		if (person !== undefined && user_id !== null) person.userId = user_id;
	}
}

/** Who was taken apart from whom; one statement. */
export async function markApart(reader: Reader, people: ReadonlyMap<number, Person>): Promise<void> {
	for (const { one, other } of await apartOf(reader, [...people.keys()])) people.get(one)?.apart.add(other);
}

/** Whether somebody has said that they, or two they are made of by now, are not one person. */
export function areApart(one: Person, other: Person): boolean {
	return one.apart.size > 0 && [other, ...other.absorbed.map(({ person }) => person)].some(({ id }) => id !== null && one.apart.has(id));
}

/** Kinds that get a statement of their own: a plain list of values costs half of a list of pairs. Senders may invent more kinds. */
const KINDS_APART = 4;

async function lookUp(reader: Reader, asked: ReadonlyMap<string, ReadonlySet<string>>): Promise<FoundIdentity[]> {
	const { dialect } = reader;
	if (asked.size > KINDS_APART) {
		const pairs = [...asked].flatMap(([kind, values]) => [...values].map((value) => ({ kind, value })));
		return reader.all(
			sql<FoundIdentity>`select i.kind, i.value, i.profile
				from ${dialect.rows(pairs, { kind: 'text', value: 'text' }, 'r')} cross join identity i where i.kind = r.kind and i.value = r.value`,
		);
	}
	const found: FoundIdentity[] = [];
	for (const [kind, set] of asked) {
		const values = [...set];
		// The place in the list comes back instead of the text: with `cross join`, which keeps the order, half the time of `in (...)`.
		const list = dialect.name === 'sqlite' ? sql`json_each(${JSON.stringify(values)}) as r` : sql`unnest(${values}::text[]) with ordinality as r(value, key)`;
		const rows = await reader.all(
			sql<{ n: number; profile: number }>`select r.key as n, i.profile from ${list} cross join identity i where i.kind = ${kind} and i.value = r.value`,
		);
		const first = dialect.name === 'sqlite' ? 0 : 1;
		for (const row of rows) found.push({ kind, value: values[row.n - first] ?? '', profile: row.profile });
	}
	return found;
}
