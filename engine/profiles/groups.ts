import { sql, type RawBuilder } from 'kysely';

import type { CatalogEntry, Identity } from '../events/types';
import { EngineError, iso, type JsonObject } from '../kernel';
import type { Reader, Tx } from '../store';
import { applyGroupAttributes, isTelling, lockGroups, type GroupChange } from './group-attributes';
import { readOperations, type AttributeOperation } from './attribute-operations';
import { noGroup } from './remove-group';
import { cleanText, storable, storedObject } from './storable';
import type { IdentityLeft } from './types';

const LONGEST_KEY = 255;
const MOST_LOOKS = 10;

export interface GroupInput {
	/** The account's own id: unique. */
	key: string;
	/** null unsets. */
	attributes?: JsonObject;
	operations?: AttributeOperation[];
}

export interface GroupView {
	key: string;
	attributes: JsonObject;
	members: number;
	createdAt: string;
	updatedAt: string;
}

export type GroupMember = Identity | { profileId: number };

export interface GroupsReport {
	created: number;
	updated: number;
	rejected: Array<{ index: number; reason: string }>;
	/** Attributes of rows that were taken, left out since the group has no room for them. Absent: none. */
	left?: IdentityLeft[];
}

/** Index into the given batch, and why this one was neither added nor removed. */
export interface MembersReport {
	/** Added or removed: those whose membership really changed. */
	changed: number;
	/** Profile of each row, by index; null where rejected. */
	profiles: Array<number | null>;
	rejected: Array<{ index: number; reason: string }>;
}

export interface GroupsApi {
	/** Makes or changes groups (accounts) by key. `source`: who says so, for the audit log of calls about several, default 'api'. At most 20,000 a call. Throws BAD_INPUT and the store's errors. */
	upsert(batch: GroupInput[], options?: { historical?: boolean; source?: string }): Promise<GroupsReport>;
	get(key: string): Promise<GroupView | null>;
	/** By key; `after`: the key of the last one of the page before. Default limit 100, at most 1,000. */
	list(page?: { after?: string; limit?: number; search?: string }): Promise<GroupView[]>;
	/** Attributes that groups have or had, by name, with their types; for dropdowns. Deleting a group takes no name away, as erasing a person does not. */
	attributes(): Promise<CatalogEntry[]>;
	/** Makes the group where it is missing; people have to exist. */
	addMembers(batch: Array<{ key: string; member: GroupMember }>, options?: { historical?: boolean; source?: string }): Promise<MembersReport>;
	removeMembers(batch: Array<{ key: string; member: GroupMember }>, options?: { historical?: boolean; source?: string }): Promise<MembersReport>;
	/**
	 * Deletes the group with its attributes and memberships; people stay. Segments, scores and journeys follow as when an attribute of it
	 * changes. Later calls about the key make a new group. Answers with how many belonged to it. Throws NOT_FOUND.
	 */
	delete(key: string, options?: { historical?: boolean; source?: string }): Promise<{ members: number }>;
	/** sharableOnly: leaves out who asked not to be sold or shared, default false; pages are full all the same. Throws NOT_FOUND. Default limit 100, at most 1,000. */
	members(key: string, page?: { afterProfile?: number; limit?: number; sharableOnly?: boolean }): Promise<Array<{ profile: number; since: string; attributes: JsonObject }>>;
}

/** A key as it is stored. A text among the errors says why it cannot be one. */
export function readGroupKey(given: unknown): { ok: true; key: string } | { ok: false; reason: string } {
	const key = typeof given === 'string' ? cleanText(given).trim() : typeof given === 'number' && Number.isFinite(given) ? String(given) : '';
	if (key === '' || key.length > LONGEST_KEY) return { ok: false, reason: `The key of a group is a text of 1 to ${LONGEST_KEY} characters.` };
	return { ok: true, key };
}

export function readGroup(input: GroupInput): { ok: true; change: GroupChange } | { ok: false; reason: string } {
	const key = readGroupKey(input.key);
	if (!key.ok) return key;
	const attributes = storable(input.attributes ?? {}, 'attributes');
	if (!attributes.ok) return attributes;
	const operations = readOperations(input.operations);
	if (typeof operations === 'string') return { ok: false, reason: operations };
	return { ok: true, change: { key: key.key, attributes: JSON.parse(attributes.json) as JsonObject, operations } };
}

/** Makes the groups that are missing; answers with the id of each key and which are new. */
export async function ensureGroups(tx: Tx, keys: Iterable<string>): Promise<{ ids: Map<string, number>; created: Set<string> }> {
	// In one order everywhere: two batches that make the same groups wait for each other only one way round.
	const rows = [...new Set(keys)].sort().map((key, n) => ({ key, n }));
	if (rows.length === 0) return { ids: new Map(), created: new Set() };
	const made = await tx.all(insertGroups(tx, rows));
	const found = await tx.all(sql<{ id: number; key: string }>`select id, key from account where ${tx.dialect.anyOf(sql.ref('key'), rows.map(({ key }) => key))}`);
	return { ids: new Map(found.map(({ key, id }) => [key, id])), created: new Set(made.map(({ key }) => key)) };
}

/** SQLite would give the highest id again after its group was deleted (resolve.ts has the same of profiles). PostgreSQL's sequence never goes back. */
function insertGroups(tx: Tx, rows: ReadonlyArray<{ key: string; n: number }>) {
	const now = sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
	const values = sql`r.key, ${tx.dialect.json({})}, ${now}, ${now} from ${tx.dialect.rows(rows, { key: 'text', n: 'integer' }, 'r')}`;
	if (tx.dialect.name === 'postgres') return sql<{ key: string }>`insert into account (key, attributes, created_at, updated_at) select ${values} where true on conflict (key) do nothing returning key`;
	return sql<{ key: string }>`insert into account (id, key, attributes, created_at, updated_at) select last.id + r.n + 1, ${values},
		(select max(coalesce((select max(id) from account), 0), coalesce((select max(id) from account_gone), 0)) as id) as last where true on conflict (key) do nothing returning key`;
}

/** As ensureGroups, with the groups locked: one that is deleted in between is made anew. Throws DATABASE_BUSY. */
async function lockedGroups(tx: Tx, keys: readonly string[], how: 'alone' | 'shared'): Promise<{ ids: Map<string, number>; created: Set<string> }> {
	const created = new Set<string>();
	for (let look = 1; look <= MOST_LOOKS; look += 1) {
		const found = await ensureGroups(tx, keys);
		for (const key of found.created) created.add(key);
		if (found.ids.size === new Set(keys).size && (await lockGroups(tx, found.ids.values(), how))) return { ids: found.ids, created };
	}
	throw new EngineError('DATABASE_BUSY', 'The same groups kept being deleted by other processes at once. Nothing of this call was stored; try it again.');
}

export interface GroupsChanged {
	/** Of those the caller holds: new members, and members of a group of which an attribute changed. They are looked at in this transaction. */
	touched: Set<number>;
	/** Groups of which an attribute changed and that others belong to: these are looked at afterwards (follow-groups.ts). */
	others: Set<number>;
	/** Of all that were named, by key. */
	ids: ReadonlyMap<string, number>;
	joined: number;
	created: number;
	refused: Array<{ index: number; reason: string }>;
	/** Values that a group has no room for, left out of a change that was made. */
	left: Array<{ index: number; reason: string }>;
}

/**
 * Sets attributes of groups and adds members. `held`: the people whom the caller has locked, among them all who join. The other
 * members are never touched here: they are not locked, cannot be in id order any more, and may be 100,000.
 */
export async function changeGroups(
	tx: Tx, changes: readonly GroupChange[], joins: ReadonlyArray<{ key: string; profile: number }>, held: ReadonlySet<number>,
): Promise<GroupsChanged> {
	const { ids, created } = await lockedGroups(tx, [...changes.map(({ key }) => key), ...joins.map(({ key }) => key)], changes.some(isTelling) ? 'alone' : 'shared');
	const { changed, refused, left } = await applyGroupAttributes(tx, changes, ids);
	const touched = new Set<number>();
	let joined = 0;
	if (joins.length > 0) {
		const rows = joins.map(({ key, profile }) => ({ account: ids.get(key) ?? 0, profile }));
		const added = await tx.all(sql<{ profile: number }>`insert into account_member (account, profile, joined_at) select distinct r.account, r.profile, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(rows, { account: 'integer', profile: 'integer' }, 'r')} where true on conflict do nothing returning profile`);
		joined = added.length;
		for (const { profile } of added) touched.add(profile);
	}
	const others = new Set<number>();
	if (changed.size > 0) {
		const ours = tx.dialect.anyOf(sql.ref('profile'), [...held]);
		const member = tx.dialect.anyOf(sql.ref('account'), [...changed]);
		if (held.size > 0) for (const { profile } of await tx.all(sql<{ profile: number }>`select distinct profile from account_member where ${member} and ${ours}`)) touched.add(profile);
		const rows = [...changed].map((account) => ({ account }));
		const more = await tx.all(sql<{ account: number }>`select r.account from ${tx.dialect.rows(rows, { account: 'integer' }, 'r')}
			where exists (select 1 from account_member where account_member.account = r.account and not (${ours}))`);
		for (const { account } of more) others.add(account);
	}
	return { touched, others, ids, joined, created: created.size, refused, left };
}

/** Answers with whose membership ended. */
export async function leaveGroups(tx: Tx, leaving: ReadonlyArray<{ key: string; profile: number }>): Promise<Array<{ profile: number }>> {
	if (leaving.length === 0) return [];
	return await tx.all(sql<{ profile: number }>`delete from account_member where (account, profile) in (select a.id, r.profile
		from ${tx.dialect.rows(leaving, { key: 'text', profile: 'integer' }, 'r')} join account a on a.key = r.key) returning profile`);
}


export async function readGroups(reader: Reader, where: ReturnType<typeof sql>, limit: number): Promise<GroupView[]> {
	const rows = await reader.all(sql<{ key: string; attributes: unknown; members: number; created_at: number; updated_at: number }>`select a.key, a.attributes, a.created_at, a.updated_at,
		(select count(*) from account_member m where m.account = a.id) as members from account a where ${where} order by a.key ${byCodePoint(reader)} limit ${sql.lit(limit)}`);
	return rows.map((row) => ({ key: row.key, attributes: storedObject(row.attributes), members: row.members, createdAt: iso(row.created_at), updatedAt: iso(row.updated_at) }));
}

/** PostgreSQL sorts text by its own locale otherwise, and pages would differ. */
export function byCodePoint(reader: Reader) {
	return reader.dialect.name === 'postgres' ? sql`collate "C"` : sql``;
}

export async function readMembers(reader: Reader, key: string, page: { afterProfile?: number; limit: number; who?: RawBuilder<boolean> }): Promise<Array<{ profile: number; since: string; attributes: JsonObject }>> {
	const group = await reader.first(sql<{ id: number }>`select id from account where key = ${key}`);
	if (group === undefined) throw noGroup(key);
	const rows = await reader.all(sql<{ profile: number; joined_at: number; attributes: unknown }>`select m.profile, m.joined_at, p.attributes from account_member m join profile p on p.id = m.profile
		where m.account = ${group.id} and m.profile > ${page.afterProfile ?? 0} and ${page.who ?? sql`true`} order by m.profile limit ${sql.lit(page.limit)}`);
	return rows.map((row) => ({ profile: row.profile, since: iso(row.joined_at), attributes: storedObject(row.attributes) }));
}

