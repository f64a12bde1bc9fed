import { sql } from 'kysely';

import type { Store } from '../../../engine/store';

/** Every row of every table of the engine, as the database has it. */
export async function tableRows(store: Store): Promise<Array<{ table: string; row: Record<string, unknown> }>> {
	return await store.read(async (reader) => {
		const tables = await reader.all(reader.dialect.name === 'sqlite'
			? sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`
			: sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = current_schema() order by table_name`);
		const found: Array<{ table: string; row: Record<string, unknown> }> = [];
		for (const { name } of tables) {
			const rows = await reader.all(sql<Record<string, unknown>>`select * from ${sql.table(name)}`);
			found.push(...rows.map((row) => ({ table: name, row })));
		}
		return found;
	});
}

/** The same as sorted lines, to compare before and after. */
export async function tableLines(store: Store): Promise<string[]> {
	return (await tableRows(store)).map(({ table, row }) => `${table} ${JSON.stringify(row)}`).sort();
}
