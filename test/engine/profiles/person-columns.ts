import { sql } from 'kysely';

import type { Reader } from '../../../engine/store';

/** Columns that hold a profile's id under another name. */
const OTHER_NAMES = new Set(['into_profile', 'from_profile']);
/** Not a profile of a person: bookkeeping of the tables themselves. */
const OWN_IDS: ReadonlyArray<[table: string, column: string]> = [['profile', 'id'], ['profile_alias', 'id']];

/** Every column of the schema that holds profile ids, as `table.column`, read from the database itself. */
export async function personColumns(reader: Reader): Promise<Array<{ table: string; column: string }>> {
	const rows = reader.dialect.name === 'sqlite'
		? await reader.all(sql<{ table: string; column: string }>`select m.name as "table", c.name as "column" from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'`)
		: await reader.all(sql<{ table: string; column: string }>`select table_name as "table", column_name as "column" from information_schema.columns where table_schema = current_schema()`);
	const named = rows.filter(({ column }) => column === 'profile' || column.endsWith('_profile') || column.startsWith('profile_') || OTHER_NAMES.has(column));
	return [...named, ...OWN_IDS.map(([table, column]) => ({ table, column }))].sort((a, b) => (`${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1));
}
