import { sql } from 'kysely';

import { canonicalJson, type JsonObject } from '../kernel';
import type { Tx } from '../store';
import { operate, type AttributeOperation } from './attribute-operations';
import { leftOutForRoom, removalsFirst, Room } from './room';
import { storedObject } from './storable';

export interface GroupChange {
	key: string;
	/** null unsets. */
	attributes: JsonObject;
	operations?: readonly AttributeOperation[];
}

/**
 * Locks groups in id order: alone to change them, shared to join them. Whoever joins waits for a change under way and is looked at
 * with what it wrote; who changes a group waits for those who are joining and then finds them among the members. False: one of them
 * was deleted meanwhile (on PostgreSQL; on SQLite there is no meanwhile).
 */
export async function lockGroups(tx: Tx, ids: Iterable<number>, how: 'alone' | 'shared'): Promise<boolean> {
	const list = [...new Set(ids)];
	if (tx.dialect.name === 'sqlite' || list.length === 0) return true;
	const locked = await tx.all(sql`select id from account where ${tx.dialect.anyOf(sql.ref('id'), list)} order by id ${how === 'alone' ? tx.dialect.forUpdate : tx.dialect.forShare}`);
	return locked.length === list.length;
}

/** Whether any of these changes says something about its group: most calls only tell who belongs to it. */
export function isTelling({ attributes, operations = [] }: GroupChange): boolean {
	return operations.length > 0 || Object.keys(attributes).length > 0;
}

/** Two statements for any batch; the caller has locked the groups alone. Answers with the ids of those of which something changed. */
export async function applyGroupAttributes(
	tx: Tx, changes: readonly GroupChange[], ids: ReadonlyMap<string, number>,
): Promise<{ changed: Set<number>; refused: Array<{ index: number; reason: string }>; left: Array<{ index: number; reason: string }> }> {
	const changed = new Set<number>();
	const refused: Array<{ index: number; reason: string }> = [];
	/** Values that the group has no room for (room.ts). */
	const left: Array<{ index: number; reason: string }> = [];
	if (!changes.some(isTelling)) return { changed, refused, left };
	const wanted = [...new Set(changes.flatMap(({ key }) => ids.get(key) ?? []))];
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from account where ${tx.dialect.anyOf(sql.ref('id'), wanted)}`);
	const current = new Map(rows.map((row) => [row.id, storedObject(row.attributes)]));
	changes.forEach(({ key, attributes, operations = [] }, index) => {
		const id = ids.get(key) ?? 0;
		const old = current.get(id) ?? {};
		const next = new Map(Object.entries(attributes));
		for (const operation of operations) {
			const result = operate(next.has(operation.attribute) ? next.get(operation.attribute) : old[operation.attribute], operation, new Map());
			if (!result.ok) return void refused.push({ index, reason: result.reason });
			next.set(operation.attribute, result.value);
		}
		const room = new Room(Object.entries(old));
		const all = new Map(Object.entries(old));
		for (const [name, value] of removalsFirst(next)) {
			if (!room.take(name, all.get(name), value)) left.push({ index, reason: leftOutForRoom(name, 'group') });
			else if (value === null) all.delete(name);
			else all.set(name, value);
		}
		const values = Object.fromEntries(all);
		if (canonicalJson(values) === canonicalJson(old)) return;
		current.set(id, values);
		changed.add(id);
	});
	if (changed.size > 0) {
		const written = [...changed].map((id) => ({ id, attributes: current.get(id) ?? {} }));
		await tx.run(sql`update account set attributes = r.attributes, updated_at = ${tx.nowMs}
			from ${tx.dialect.rows(written, { id: 'integer', attributes: 'json' }, 'r')} where account.id = r.id`);
	}
	return { changed, refused, left };
}
