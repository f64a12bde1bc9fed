import { sql } from 'kysely';

import type { JsonObject } from '../kernel';
import type { Reader, Tx } from '../store';

/** A setting's value is always a JSON object: SQLite hands JSON back as text, and only of an object can that be told from a string. */
export async function readSetting<Value extends object>(reader: Reader, key: string): Promise<Value | null> {
	const row = await reader.first<{ value: string | JsonObject }>(
		sql<{ value: string | JsonObject }>`select value from setting where key = ${key}`,
	);
	return row === undefined ? null : parsed<Value>(row.value);
}

export async function readSettings<Value extends object>(reader: Reader, prefix: string): Promise<Value[]> {
	const rows = await reader.all<{ value: string | JsonObject }>(
		sql<{ value: string | JsonObject }>`select value from setting where substr(key, 1, ${prefix.length}) = ${prefix} order by key`,
	);
	return rows.map((row) => parsed<Value>(row.value));
}

export async function writeSetting(tx: Tx, key: string, value: object): Promise<void> {
	await tx.run(sql`insert into setting (key, value, updated_at) values (${key}, ${tx.dialect.json(value)}, ${tx.nowMs})
		on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
}

/** Set if absent; answers with what is stored, whoever stored it. Two processes that start together agree on one value. */
export async function claimSetting<Value extends object>(tx: Tx, key: string, value: Value): Promise<Value> {
	await tx.run(sql`insert into setting (key, value, updated_at) values (${key}, ${tx.dialect.json(value)}, ${tx.nowMs})
		on conflict (key) do nothing`);
	return (await readSetting<Value>(tx, key)) ?? value;
}

export async function deleteSetting(tx: Tx, key: string): Promise<void> {
	await tx.run(sql`delete from setting where key = ${key}`);
}

function parsed<Value extends object>(value: string | JsonObject): Value {
	return (typeof value === 'string' ? JSON.parse(value) : value) as Value;
}
