import { sql } from 'kysely';

import { canonicalJson, isJsonObject, iso, type JsonObject, type JsonValue } from '../kernel';
import type { Reader, Tx } from '../store';
import { apartOf, forgetApart } from './apart';
import { lockGroups } from './group-attributes';
import type { Merge, PersonKeeper } from './keeper';
import { fittingBeside } from './room';
import { storedNames, storedObject } from './storable';
import { testPeopleAfter } from './test-people';

interface ProfileRow {
	id: number;
	created_at: number;
	is_test: number;
	attributes: unknown;
}

/** What taking a merge back needs of the profiles' own tables. */
type Undo = {
	/** eventNo: Merge.lastEventNo. */
	profile: { createdAt: number; eventNo: number; test: number; attributes: JsonObject };
	intoCreatedAt: number;
	/** Whether the survivor was a test person, and was one after the merge: 1 or 0. */
	intoTest: number;
	mergedTest: number;
	/** Attributes that the survivor got from it. */
	filled: JsonObject;
	/** Names of those that it has no room for. Absent in merges of a version that did not tell. */
	leftOut?: string[];
	identities: Array<{ kind: string; value: string }>;
	/** Ids that led to it before. */
	aliases: number[];
	accounts: Array<{ account: number; joinedAt: number }>;
	/** Accounts that the survivor belongs to only because of it. */
	joined: number[];
};

/** Merge.lastEventNo of a merge that is taken back; `undo`: what mergeAll answered. */
export function lastEventNoIn(undo: JsonValue | undefined): number {
	return (undo as unknown as Undo | undefined)?.profile.eventNo ?? 0;
}

/** Names of attributes that a merge left out; `undo`: what mergeAll answered. */
export function leftOutIn(undo: JsonValue | undefined): string[] {
	return (undo as unknown as Undo | undefined)?.leftOut ?? [];
}

/** Profiles, identities, aliases, merge history and group memberships. Always the last of the keepers at a merge, the first at an unmerge. */
export const profilesKeeper: PersonKeeper & Required<Pick<PersonKeeper, 'mergeAll'>> = {
	name: 'profile',
	tables: ['profile', 'identity', 'profile_alias', 'profile_merge', 'profile_apart', 'account_member'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? {},
	mergeAll,
	unmerge: (tx, merge, undo) => unmerge(tx, merge, undo as unknown as Undo),
	export: exportProfile,
	eraseAll,
};

async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const { anyOf, rows } = tx.dialect;
	const ids = [...new Set(merges.flatMap(({ into, from }) => [into, from]))];
	const froms = merges.map(({ from }) => from);
	const profiles = new Map((await tx.all(sql<ProfileRow>`select id, created_at, is_test, attributes from profile where ${anyOf(sql.ref('id'), ids)}`)).map((row) => [row.id, row]));
	const identities = await tx.all(sql<{ kind: string; value: string; profile: number }>`select kind, value, profile from identity where ${anyOf(sql.ref('profile'), froms)} order by kind, value`);
	const aliases = await tx.all(sql<{ id: number; profile: number }>`select id, profile from profile_alias where ${anyOf(sql.ref('profile'), froms)} order by id`);
	const members = await tx.all(sql<{ account: number; profile: number; joined_at: number }>`select account, profile, joined_at from account_member where ${anyOf(sql.ref('profile'), ids)} order by account`);

	await lockGroups(tx, members.map(({ account }) => account), 'shared');

	const accountsOf = new Map(ids.map((id) => [id, new Map(members.filter(({ profile }) => profile === id).map(({ account, joined_at }) => [account, joined_at]))]));
	const attributesOf = new Map(ids.map((id) => [id, storedObject(profiles.get(id)?.attributes ?? {})]));
	const createdAt = new Map(ids.map((id) => [id, profiles.get(id)?.created_at ?? tx.nowMs]));
	// The floor of the survivor's numbers: of the newest events of either half there may be only the numbers left.
	const eventNo = new Map(merges.map(({ into, eventNoOffset, lastEventNo }) => [into, eventNoOffset + lastEventNo]));
	const test = await testPeopleAfter(tx, merges);
	const undo = merges.map(({ into, from, lastEventNo }): Undo => {
		const own = attributesOf.get(into) ?? {};
		const others = attributesOf.get(from) ?? {};
		const filled = fittingBeside(own, others);
		attributesOf.set(into, { ...own, ...filled });
		const intoCreatedAt = createdAt.get(into) ?? 0;
		const fromCreatedAt = createdAt.get(from) ?? 0;
		createdAt.set(into, Math.min(intoCreatedAt, fromCreatedAt));
		const accounts = [...(accountsOf.get(from) ?? [])];
		const joined = accounts.filter(([account]) => accountsOf.get(into)?.has(account) !== true).map(([account]) => account);
		for (const [account, joinedAt] of accounts) if (joined.includes(account)) accountsOf.get(into)?.set(account, joinedAt);
		return {
			profile: { createdAt: fromCreatedAt, eventNo: lastEventNo, test: profiles.get(from)?.is_test ?? 0, attributes: others },
			intoCreatedAt, intoTest: profiles.get(into)?.is_test ?? 0, mergedTest: test.get(into) === true ? 1 : 0, filled,
			leftOut: Object.keys(others).filter((name) => !Object.hasOwn(own, name) && !Object.hasOwn(filled, name)),
			identities: identities.filter(({ profile }) => profile === from).map(({ kind, value }) => ({ kind, value })),
			aliases: aliases.filter(({ profile }) => profile === from).map(({ id }) => id),
			accounts: accounts.map(([account, joinedAt]) => ({ account, joinedAt })),
			joined,
		};
	});

	const pairs = () => rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm');
	await tx.run(sql`update identity set profile = m."into" from ${pairs()} where identity.profile = m."from"`);
	await tx.run(sql`update profile_alias set profile = m."into" from ${pairs()} where profile_alias.profile = m."from"`);
	await tx.run(sql`insert into profile_alias (id, profile) select m."from", m."into" from ${pairs()} where true`);
	if (members.length > 0) {
		await tx.run(sql`insert into account_member (account, profile, joined_at) select a.account, m."into", min(a.joined_at) from ${pairs()} join account_member a on a.profile = m."from"
			where true group by a.account, m."into" on conflict do nothing`);
		await tx.run(sql`delete from account_member where ${anyOf(sql.ref('profile'), froms)}`);
	}
	await tx.run(sql`delete from profile where ${anyOf(sql.ref('id'), froms)}`);
	const survivors = [...new Set(merges.map(({ into }) => into))].map((id) => ({ id, attributes: attributesOf.get(id) ?? {}, created_at: createdAt.get(id) ?? 0, event_no: eventNo.get(id) ?? 0, is_test: test.get(id) === true ? 1 : 0 }));
	await tx.run(sql`update profile set attributes = r.attributes, created_at = r.created_at, event_no = r.event_no, is_test = r.is_test, updated_at = ${tx.nowMs}
		from ${rows(survivors, { id: 'integer', attributes: 'json', created_at: 'integer', event_no: 'integer', is_test: 'integer' }, 'r')} where profile.id = r.id`);
	return undo as unknown as JsonValue[];
}

/**
 * The caller has locked the survivor. What it got since the merge (attributes set anew, identities, groups) stays with it. Its floor, which the
 * merge put above all numbers of both halves, goes down with its numbers: what is newer than the merge closes the gap (eventsKeeper).
 */
async function unmerge(tx: Tx, { into, from, lastEventNo }: Merge, undo: Undo): Promise<void> {
	const { anyOf, rows, json } = tx.dialect;
	const { profile } = undo;
	await tx.run(sql`delete from profile_alias where id = ${from}`);
	await tx.run(sql`insert into profile (id, created_at, updated_at, event_no, is_test, attributes)
		values (${from}, ${profile.createdAt}, ${tx.nowMs}, ${lastEventNo}, ${profile.test}, ${json(profile.attributes)})`);
	if (undo.aliases.length > 0) await tx.run(sql`update profile_alias set profile = ${from} where ${anyOf(sql.ref('id'), undo.aliases)} and profile = ${into}`);
	if (undo.identities.length > 0) {
		await tx.run(sql`update identity set profile = ${from} from ${rows(undo.identities, { kind: 'text', value: 'text' }, 'r')}
			where identity.kind = r.kind and identity.value = r.value and identity.profile = ${into}`);
	}
	await lockGroups(tx, undo.accounts.map(({ account }) => account), 'shared');
	if (undo.joined.length > 0) await tx.run(sql`delete from account_member where profile = ${into} and ${anyOf(sql.ref('account'), undo.joined)}`);
	if (undo.accounts.length > 0) {
		await tx.run(sql`insert into account_member (account, profile, joined_at) select a.id, cast(${from} as ${sql.raw(tx.dialect.types.int)}), r."joinedAt"
			from ${rows(undo.accounts, { account: 'integer', joinedAt: 'integer' }, 'r')} join account a on a.id = r.account where true on conflict do nothing`);
	}
	const row = await tx.first(sql<{ attributes: unknown }>`select attributes from profile where id = ${into}`);
	const kept = Object.entries(storedObject(row?.attributes ?? {})).filter(([name, value]) => !Object.hasOwn(undo.filled, name) || canonicalJson(value) !== canonicalJson(undo.filled[name]));
	await tx.run(sql`update profile set attributes = ${json(Object.fromEntries(kept))}, created_at = ${undo.intoCreatedAt}, event_no = event_no - ${lastEventNo},
		is_test = case when is_test = ${undo.mergedTest} then cast(${undo.intoTest} as ${sql.raw(tx.dialect.types.int)}) else is_test end, updated_at = ${tx.nowMs} where id = ${into}`);
}

async function exportProfile(reader: Reader, id: number): Promise<JsonValue> {
	const row = await reader.first(sql<ProfileRow & { updated_at: number }>`select id, created_at, updated_at, is_test, attributes from profile where id = ${id}`);
	const identities = await reader.all(sql<{ kind: string; value: string; created_at: number }>`select kind, value, created_at from identity where profile = ${id} order by kind, created_at, value`);
	const groups = await reader.all(sql<{ key: string; joined_at: number }>`select a.key, m.joined_at from account_member m join account a on a.id = m.account where m.profile = ${id} order by a.key`);
	const merged = await reader.all(sql<{ id: number }>`select id from profile_alias where profile = ${id} order by id`);
	const merges = await reader.all(
		sql<{ from_profile: number; reason: string; actor: string; merged_at: number; undone_at: number | null; undo: unknown; left_out: unknown }>`select from_profile, reason, actor, merged_at, undone_at, undo, left_out
			from profile_merge where into_profile = ${id} or from_profile = ${id} or into_profile in (select id from profile_alias where profile = ${id}) order by id`,
	);
	return {
		id, test: row?.is_test === 1, createdAt: row === undefined ? null : iso(row.created_at), updatedAt: row === undefined ? null : iso(row.updated_at),
		attributes: storedObject(row?.attributes ?? {}),
		identities: identities.map(({ kind, value, created_at }) => ({ kind, value, since: iso(created_at) })),
		groups: groups.map(({ key, joined_at }) => ({ key, since: iso(joined_at) })),
		mergedIds: merged.map((alias) => alias.id),
		keptApartFrom: (await apartOf(reader, [id])).map(({ other, since }) => ({ profile: other, since: iso(since) })),
		merges: merges.map((merge) => ({
			profile: merge.from_profile, reason: merge.reason, by: merge.actor, at: iso(merge.merged_at), undoneAt: iso(merge.undone_at),
			// Kept for unmerge: what the merged profile said of the person.
			attributes: attributesIn(merge.undo), leftOut: storedNames(merge.left_out),
		})),
	};
}

function attributesIn(undo: unknown): JsonObject | null {
	const own = storedObject(undo ?? {}).profile;
	const before = isJsonObject(own) && isJsonObject(own.profile) ? own.profile.attributes : undefined;
	return isJsonObject(before) ? before : null;
}

/** The ids stay behind as gone: given to somebody else, an old item or link would find a stranger. */
async function eraseAll(tx: Tx, ids: readonly number[]): Promise<void> {
	const any = (column: string) => tx.dialect.anyOf(sql.ref(column), ids);
	await forgetApart(tx, ids);
	await tx.run(sql`delete from profile_merge where ${any('into_profile')} or ${any('from_profile')} or into_profile in (select a.id from profile_alias a where ${any('a.profile')})`);
	await tx.run(sql`update profile_alias set profile = null where ${any('profile')}`);
	await tx.run(sql`insert into profile_alias (id, profile) select id, null from profile where ${any('id')}`);
	for (const table of ['account_member', 'identity']) await tx.run(sql`delete from ${sql.table(table)} where ${any('profile')}`);
	await tx.run(sql`delete from profile where ${any('id')}`);
}
