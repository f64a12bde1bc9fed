import { sql } from 'kysely';

import { canonicalJson, type JsonObject } from '../kernel';
import type { Tx } from '../store';
import { operate, type AttributeOperation } from './attribute-operations';
import { storedObject } from './storable';

export interface GroupChange {
	key: string;
	/** null unsets. */
	attributes: JsonObject;
	operations?: readonly AttributeOperation[];
}

/** Two statements for any batch; the groups are locked in id order. Answers with the ids of those of which something changed. */
export async function applyGroupAttributes(
	tx: Tx, changes: readonly GroupChange[], ids: ReadonlyMap<string, number>,
): Promise<{ changed: Set<number>; refused: Array<{ index: number; reason: string }> }> {
	const changed = new Set<number>();
	const refused: Array<{ index: number; reason: string }> = [];
	const telling = changes.some(({ attributes, operations = [] }) => operations.length > 0 || Object.keys(attributes).length > 0);
	if (!telling) return { changed, refused };
	const wanted = [...new Set(changes.flatMap(({ key }) => ids.get(key) ?? []))];
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from account where ${tx.dialect.anyOf(sql.ref('id'), wanted)} order by id ${tx.dialect.forUpdate}`);
	const current = new Map(rows.map((row) => [row.id, storedObject(row.attributes)]));
	changes.forEach(({ key, attributes, operations = [] }, index) => {
		const id = ids.get(key) ?? 0;
		const old = current.get(id) ?? {};
		const next = new Map(Object.entries(old));
		for (const [name, value] of Object.entries(attributes)) next.set(name, value);
		for (const operation of operations) {
			const result = operate(next.get(operation.attribute), operation, new Map());
			if (!result.ok) return void refused.push({ index, reason: result.reason });
			next.set(operation.attribute, result.value);
		}
		const values = Object.fromEntries([...next].filter(([, value]) => value !== null && value !== undefined));
		if (canonicalJson(values) === canonicalJson(old)) return;
		current.set(id, values);
		changed.add(id);
	});
	if (changed.size > 0) {
		const written = [...changed].map((id) => ({ id, attributes: current.get(id) ?? {} }));
		await tx.run(sql`update account set attributes = r.attributes, updated_at = ${tx.nowMs}
			from ${tx.dialect.rows(written, { id: 'integer', attributes: 'json' }, 'r')} where account.id = r.id`);
	}
	return { changed, refused };
}
