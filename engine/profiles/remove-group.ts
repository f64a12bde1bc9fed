import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Tx } from '../store';
import { lockGroups } from './group-attributes';

/**
 * Deletes a group. From the commit on nobody finds it or its attributes any more. The rows of its members stay until follow-groups.ts
 * has looked at each of them, which takes them along (leaveGone): the members are not locked here and may be 100,000. Who is joining
 * is waited for, and who comes later makes the group anew, under another id. Throws NOT_FOUND.
 */
export async function removeGroup(tx: Tx, key: string, historical: boolean): Promise<{ id: number; members: number }> {
	const found = await tx.first(sql<{ id: number }>`select id from account where key = ${key}`);
	// Somebody else may have deleted it by the time it is locked.
	if (found === undefined || !(await lockGroups(tx, [found.id], 'alone'))) throw noGroup(key);
	const { id } = found;
	const members = (await tx.first(sql<{ n: number }>`select count(*) as n from account_member where account = ${id}`))?.n ?? 0;
	await tx.run(sql`insert into account_gone (id, historical) values (${id}, ${sql.lit(historical ? 1 : 0)})`);
	await tx.run(sql`delete from account where id = ${id}`);
	return { id, members };
}

export function noGroup(key: string): EngineError {
	return new EngineError('NOT_FOUND', `There is no group with the key "${key.slice(0, 80)}". Create it first (Profile Engine: Group: Create or Update).`);
}

/** Which of these accounts have been deleted, and whether that is to start no journey (1). */
export async function goneGroups(tx: Tx, ids: Iterable<number>): Promise<Map<number, number>> {
	const rows = await tx.all(sql<{ id: number; historical: number }>`select id, historical from account_gone where ${tx.dialect.anyOf(sql.ref('id'), [...new Set(ids)])}`);
	return new Map(rows.map(({ id, historical }) => [id, historical]));
}

/** Ends the memberships of these people, who are locked, in groups that are gone. */
export async function leaveGone(tx: Tx, gone: Iterable<number>, profiles: ReadonlySet<number>): Promise<void> {
	const accounts = [...gone];
	if (accounts.length === 0 || profiles.size === 0) return;
	await tx.run(sql`delete from account_member where ${tx.dialect.anyOf(sql.ref('account'), accounts)} and ${tx.dialect.anyOf(sql.ref('profile'), [...profiles])}`);
}
