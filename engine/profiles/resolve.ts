import { sql, type RawBuilder } from 'kysely';

import type { Identity } from '../events/types';
import { EngineError } from '../kernel';
import type { Tx } from '../store';
import { identityRank } from './identity';

/** Whose a message, row or call is: an engine id, which wins, or normalised identities. */
export interface IdentitySet {
	profileId?: number;
	identities: readonly Identity[];
}

export interface Resolved {
	/** By index of the given sets; null: nobody (an unknown profileId, or nobody known and create is false). */
	profiles: Array<number | null>;
	created: ReadonlySet<number>;
}

/**
 * Finds the profile of each set, makes the missing ones and attaches identities nobody has yet, with a constant number
 * of statements for any batch.
 *
 * The first known identity decides (user_id, email, phone, others, anonymous_id). A profile has one user id: a set with
 * another user id never lands on it, whatever else they share. An identity that belongs to somebody else stays there.
 *
 * On PostgreSQL another process may attach the same identity between the look and the write. The unique key then makes
 * our insert wait for that commit and do nothing, which the row count shows: we go back to the savepoint and look again,
 * instead of leaving a profile that nothing finds.
 */
export async function resolveProfiles(tx: Tx, sets: readonly IdentitySet[], options: { create: boolean; test: boolean }): Promise<Resolved> {
	for (let look = 1; look <= 10; look += 1) {
		const plan = await decide(tx, sets, options.create);
		if (plan.born.length === 0 && plan.links.length === 0) return outcome(plan);
		if (tx.dialect.name === 'postgres') await tx.run(sql`savepoint resolve_profiles`);
		if (await write(tx, plan, options.test)) return outcome(plan);
		await tx.run(sql`rollback to savepoint resolve_profiles`);
	}
	throw new EngineError('DATABASE_BUSY', 'The same people kept being created by other processes at once. Nothing of this call was stored; try it again.');
}

interface Person {
	/** null until the profile is made. */
	id: number | null;
	userId: string | undefined;
}

interface Plan {
	people: Array<Person | null>;
	born: Person[];
	links: Array<{ identity: Identity; person: Person }>;
}

/** Whom the identities of a batch belong to, by kind and value. */
type Owners = Map<string, Map<string, Person>>;

async function decide(tx: Tx, sets: readonly IdentitySet[], create: boolean): Promise<Plan> {
	const { owners, byId } = await known(tx, sets);
	const plan: Plan = { people: [], born: [], links: [] };
	for (const set of sets) {
		const identities = set.identities.length > 1 ? [...set.identities].sort((a, b) => identityRank(a.kind) - identityRank(b.kind)) : set.identities;
		const person = set.profileId === undefined ? ownerOf(identities, owners) ?? (create ? bear(identities, plan) : undefined) : byId.get(set.profileId);
		plan.people.push(person ?? null);
		if (person !== undefined && create) attach(identities, person, owners, plan);
	}
	return plan;
}

function ownerOf(identities: readonly Identity[], owners: Owners): Person | undefined {
	const [first] = identities;
	const userId = first?.kind === 'user_id' ? first.value : undefined;
	for (const { kind, value } of identities) {
		const person = owners.get(kind)?.get(value);
		if (person === undefined) continue;
		if (userId === undefined || person.userId === undefined || person.userId === userId) return person;
	}
	return undefined;
}

function bear(identities: readonly Identity[], plan: Plan): Person | undefined {
	if (identities.length === 0) return undefined;
	const person: Person = { id: null, userId: undefined };
	plan.born.push(person);
	return person;
}

function attach(identities: readonly Identity[], person: Person, owners: Owners, plan: Plan): void {
	for (const identity of identities) {
		const ofKind = owners.get(identity.kind);
		if (ofKind === undefined || ofKind.has(identity.value)) continue;
		if (identity.kind === 'user_id') {
			if (person.userId !== undefined) continue;
			person.userId = identity.value;
		}
		ofKind.set(identity.value, person);
		plan.links.push({ identity, person });
	}
}

/** The profiles behind all identities and ids of the batch, each with its user id where a set could collide with it. */
async function known(tx: Tx, sets: readonly IdentitySet[]): Promise<{ owners: Owners; byId: Map<number, Person> }> {
	const asked = new Map<string, Set<string>>();
	const ids = new Set<number>();
	let withUserIds = false;
	for (const set of sets) {
		if (set.profileId !== undefined) ids.add(set.profileId);
		if (set.identities.length > 1 || set.profileId !== undefined) withUserIds ||= set.identities.some((identity) => identity.kind === 'user_id');
		for (const { kind, value } of set.identities) {
			const values = asked.get(kind);
			if (values === undefined) asked.set(kind, new Set([value]));
			else values.add(value);
		}
	}
	const byId = new Map<number, Person>();
	const person = (id: number, userId: string | null): Person => {
		let one = byId.get(id);
		if (one === undefined) byId.set(id, (one = { id, userId: undefined }));
		one.userId ??= userId ?? undefined;
		return one;
	};
	const userIdOf = (profile: string) =>
		withUserIds ? sql<string | null>`(select u.value from identity u where u.profile = ${sql.ref(profile)} and u.kind = 'user_id')` : sql<string | null>`null`;
	if (ids.size > 0) {
		const rows = await tx.all(
			sql<{ id: number; user_id: string | null }>`select p.id, ${userIdOf('p.id')} as user_id from profile p where ${tx.dialect.anyOf(sql.ref('p.id'), [...ids])}`,
		);
		for (const row of rows) person(row.id, row.user_id);
	}
	const owners: Owners = new Map([...asked.keys()].map((kind) => [kind, new Map<string, Person>()]));
	for (const found of await lookUp(tx, asked, userIdOf('i.profile'))) {
		owners.get(found.kind)?.set(found.value, person(found.profile, found.kind === 'user_id' ? found.value : found.user_id));
	}
	return { owners, byId };
}

interface Found extends Identity {
	profile: number;
	user_id: string | null;
}

/** Kinds that get a statement of their own: a plain list of values costs half of a list of pairs. Senders may invent more kinds. */
const KINDS_APART = 4;

async function lookUp(tx: Tx, asked: ReadonlyMap<string, ReadonlySet<string>>, userId: RawBuilder<string | null>): Promise<Found[]> {
	if (asked.size > KINDS_APART) {
		const pairs = [...asked].flatMap(([kind, values]) => [...values].map((value) => ({ kind, value })));
		return tx.all(
			sql<Found>`select i.kind, i.value, i.profile, ${userId} as user_id
				from ${tx.dialect.rows(pairs, { kind: 'text', value: 'text' }, 'r')} cross join identity i where i.kind = r.kind and i.value = r.value`,
		);
	}
	const found: Found[] = [];
	for (const [kind, set] of asked) {
		const values = [...set];
		const user = kind === 'user_id' ? sql`` : sql`, ${userId} as user_id`;
		// The place in the list comes back instead of the text: with `cross join`, which keeps the order, half the time of `in (...)`.
		const list = tx.dialect.name === 'sqlite' ? sql`json_each(${JSON.stringify(values)}) as r` : sql`unnest(${values}::text[]) with ordinality as r(value, key)`;
		const rows = await tx.all(
			sql<{ n: number; profile: number; user_id?: string | null }>`select r.key as n, i.profile${user} from ${list} cross join identity i where i.kind = ${kind} and i.value = r.value`,
		);
		const first = tx.dialect.name === 'sqlite' ? 0 : 1;
		for (const row of rows) found.push({ kind, value: values[row.n - first] ?? '', profile: row.profile, user_id: row.user_id ?? null });
	}
	return found;
}

/** false: another process was faster with one of the identities. */
async function write(tx: Tx, plan: Plan, test: boolean): Promise<boolean> {
	if (plan.born.length > 0) {
		const places = plan.born.map((_person, n) => ({ n }));
		const rows = await tx.all(
			sql<{ id: number }>`insert into profile (created_at, updated_at, is_test, attributes)
				select ${at(tx)}, ${at(tx)}, ${sql.lit(test ? 1 : 0)}, ${tx.dialect.json({})} from ${tx.dialect.rows(places, { n: 'integer' }, 'r')} returning id`,
		);
		plan.born.forEach((person, n) => (person.id = rows[n]?.id ?? null));
	}
	if (plan.links.length === 0) return true;
	// In one order everywhere: two batches that make the same people wait for each other only one way round.
	const links = plan.links
		.map(({ identity, person }) => ({ kind: identity.kind, value: identity.value, profile: person.id }))
		.sort((a, b) => (a.kind === b.kind ? (a.value < b.value ? -1 : 1) : a.kind < b.kind ? -1 : 1));
	const written = await tx.run(
		sql`insert into identity (kind, value, profile, created_at)
			select r.kind, r.value, r.profile, ${at(tx)} from ${tx.dialect.rows(links, { kind: 'text', value: 'text', profile: 'integer' }, 'r')} where true on conflict do nothing`,
	);
	return written === links.length;
}

function at(tx: Tx) {
	return sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
}

function outcome(plan: Plan): Resolved {
	return {
		profiles: plan.people.map((person) => person?.id ?? null),
		created: new Set(plan.born.flatMap((person) => (person.id === null ? [] : [person.id]))),
	};
}
