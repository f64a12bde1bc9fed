import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader, Tx } from '../store';
import { identityLimit, type IdentityOptions } from './identity';
import { lockProfiles } from './lock';
import { mergeProfiles, type Merging, type MergeRequest } from './merge';
import { countIdentities, findPeople, markApart, newPerson, peopleOf, type IdentitySet, type KnownPeople } from './people';
import { decide, rootOf, type LeftIdentity, type Plan } from './plan';

export type { IdentitySet } from './people';
export type { LeftIdentity } from './plan';

export interface ResolveOptions {
	create: boolean;
	test: boolean;
	/** Limits of identities. */
	identity?: IdentityOptions;
	/** What makes one person of several; without it nobody is merged. */
	merging?: Merging;
	/** Where the batch came from, for the merge history. */
	source?: string;
}

export interface Resolved {
	/** By index of the given sets; null: nobody (an unknown profileId, or nobody known and create is false). */
	profiles: Array<number | null>;
	created: ReadonlySet<number>;
	/** Profiles that others were merged into: every segment and score has to look at them. */
	merged: ReadonlySet<number>;
	/** Identities that were given and not attached; everything else of their message or row was taken. */
	left: readonly LeftIdentity[];
}

/**
 * Finds the profile of each set, makes the missing ones, attaches identities nobody has yet and merges profiles that a set shows
 * to be one person; the profiles are locked in id order when it returns. A constant number of statements for any batch.
 *
 * The first known identity decides (user_id, email, phone, others, anonymous_id). A profile has one user id: a set with
 * another user id never lands on it, whatever else they share, and two profiles with different ones never become one; nor do two
 * that somebody has unmerged (apart.ts): what carries identities of both is that one's whose identity comes first in this order.
 * An identity that cannot be attached without passing its limit is left out and reported.
 *
 * On PostgreSQL another process may attach the same identity, or merge one of the profiles, between the look and the lock. The
 * unique key then makes our insert wait for that commit and do nothing, which the row count shows; a merged profile is gone
 * when its lock comes. Either way we go back to the savepoint and look again, instead of writing to a profile that nothing finds.
 * A merge is decided a second time once everybody is locked: what the first look saw may be another person's by then.
 */
export async function resolveProfiles(tx: Tx, sets: readonly IdentitySet[], options: ResolveOptions): Promise<Resolved> {
	for (let look = 1; look <= 10; look += 1) {
		const { plan, known } = await lookAt(tx, sets, options);
		if (!options.create) return outcome(plan);
		const done = tx.dialect.name === 'sqlite' ? await carryOut(tx, plan, options) : await carryOutAmongOthers(tx, sets, plan, known, options);
		if (done !== null) return done;
	}
	throw new EngineError('DATABASE_BUSY', 'The same people kept being created or merged by other processes at once. Nothing of this call was stored; try it again.');
}

async function lookAt(reader: Reader, sets: readonly IdentitySet[], options: ResolveOptions): Promise<{ plan: Plan; known: KnownPeople }> {
	const choices = { ...options.identity, create: options.create, merge: options.merging !== undefined };
	const found = await findPeople(reader, sets);
	const known = peopleOf(found);
	// Who only looks has no second chance: a user id of theirs may contradict what their email found.
	const mustCount = !options.create && known.byId.size > 0 && sets.some((set) => set.identities.length > 1);
	if (!mustCount) {
		const plan = decide(sets, known, { ...choices, counted: false });
		if (!plan.unsure) return { plan, known };
	}
	const counted = peopleOf(found);
	await countIdentities(reader, counted.byId);
	if (choices.create && choices.merge) await markApart(reader, counted.byId);
	return { plan: decide(sets, counted, { ...choices, counted: true }), known: counted };
}

async function carryOutAmongOthers(tx: Tx, sets: readonly IdentitySet[], first: Plan, known: KnownPeople, options: ResolveOptions): Promise<Resolved | null> {
	const writes = first.born.length + first.links.length + mergesOf(first).length > 0;
	if (writes) await tx.run(sql`savepoint resolve_profiles`);
	const done = await attempt();
	if (done === null && writes) await tx.run(sql`rollback to savepoint resolve_profiles`);
	return done;

	async function attempt(): Promise<Resolved | null> {
		if (mergesOf(first).length === 0) {
			const resolved = await carryOut(tx, first, options);
			if (resolved === null) return null;
			const gone = await lockProfiles(tx, resolved.profiles.filter((id) => id !== null && !resolved.created.has(id)) as number[]);
			return gone.length === 0 && (await withinLimits(tx, first, resolved, options)) ? resolved : null;
		}
		const locked = [...known.byId.keys()];
		if ((await lockProfiles(tx, locked)).length > 0) return null;
		const again = await lookAt(tx, sets, options);
		const isLocked = new Set(locked);
		if (![...again.known.byId.keys()].every((id) => isLocked.has(id))) return null;
		return await carryOut(tx, again.plan, options);
	}
}

/** Whether people who were there before still have no more identities than they may, now that they are locked: another process may have given them some too. */
async function withinLimits(tx: Tx, plan: Plan, { created }: Resolved, options: ResolveOptions): Promise<boolean> {
	const given = plan.links.flatMap(({ identity, person }) => {
		const { id } = rootOf(person);
		return id === null || created.has(id) ? [] : [{ id, kind: identity.kind }];
	});
	if (given.length === 0) return true;
	const people = new Map(given.map(({ id }) => [id, newPerson(id)]));
	await countIdentities(tx, people);
	return given.every(({ id, kind }) => (people.get(id)?.counts.get(kind) ?? 0) <= identityLimit(kind, options.identity));
}

/** null: another process was faster with one of the identities. */
async function carryOut(tx: Tx, plan: Plan, options: ResolveOptions): Promise<Resolved | null> {
	if (!(await write(tx, plan, options.test))) return null;
	const merges = mergesOf(plan).map(({ stays, goes, via }): MergeRequest => ({ into: stays.id ?? 0, from: goes.id ?? 0, reason: via }));
	if (merges.length > 0 && options.merging !== undefined) await mergeProfiles(tx, options.merging, merges, options.source ?? 'api');
	return outcome(plan);
}

/** Profiles of before the batch that become part of another one. Those made by it never come into being. */
function mergesOf(plan: Plan) {
	const roots = new Set(plan.people.flatMap((person) => (person === null ? [] : [rootOf(person)])));
	return [...roots].flatMap((stays) => stays.absorbed.flatMap(({ person, via }) => (person.id === null ? [] : [{ stays, goes: person, via }])));
}

async function write(tx: Tx, plan: Plan, test: boolean): Promise<boolean> {
	const born = plan.born.filter((person) => person.into === null);
	if (born.length > 0) {
		const places = born.map((_person, n) => ({ n }));
		const rows = await tx.all(insertProfiles(tx, places, test));
		born.forEach((person, n) => (person.id = rows[n]?.id ?? null));
	}
	if (plan.links.length === 0) return true;
	// In one order everywhere: two batches that make the same people wait for each other only one way round.
	const links = plan.links
		.map(({ identity, person }) => ({ kind: identity.kind, value: identity.value, profile: rootOf(person).id }))
		.sort((a, b) => (a.kind === b.kind ? (a.value < b.value ? -1 : 1) : a.kind < b.kind ? -1 : 1));
	// A user id that goes to a profile which the merge of this very batch frees of another never happens: two user ids do not merge.
	const written = await tx.run(
		sql`insert into identity (kind, value, profile, created_at)
			select r.kind, r.value, r.profile, ${at(tx)} from ${tx.dialect.rows(links, { kind: 'text', value: 'text', profile: 'integer' }, 'r')} where true on conflict do nothing`,
	);
	return written === links.length;
}

/**
 * SQLite would give the highest id again after its profile was merged or erased, and old items, stamps and links would find a
 * stranger under it: so the next id is also above all that ever were one. PostgreSQL's sequence never goes back.
 */
function insertProfiles(tx: Tx, places: readonly object[], test: boolean) {
	const rows = tx.dialect.rows(places, { n: 'integer' }, 'r');
	const columns = sql`${at(tx)}, ${at(tx)}, ${sql.lit(test ? 1 : 0)}, ${tx.dialect.json({})}`;
	if (tx.dialect.name === 'postgres') return sql<{ id: number }>`insert into profile (created_at, updated_at, is_test, attributes) select ${columns} from ${rows} returning id`;
	return sql<{ id: number }>`insert into profile (id, created_at, updated_at, is_test, attributes)
		select last.id + r.n + 1, ${columns} from ${rows}, (select max(coalesce((select max(id) from profile), 0), coalesce((select max(id) from profile_alias), 0)) as id) as last returning id`;
}

function at(tx: Tx) {
	return sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
}

function outcome(plan: Plan): Resolved {
	const born = new Set(plan.born);
	const ids = (people: Iterable<{ id: number | null }>) => new Set([...people].flatMap(({ id }) => (id === null ? [] : [id])));
	return {
		profiles: plan.people.map((person) => (person === null ? null : rootOf(person).id)),
		created: ids([...born].filter((person) => person.into === null)),
		merged: ids(mergesOf(plan).map(({ stays }) => stays)),
		left: plan.left,
	};
}
