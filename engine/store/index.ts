import { openPostgres } from './postgres';
import { openSqlite } from './sqlite';
import type { Store, StoreOptions } from './store';

export type { DatabaseConfig, Query, Reader, Store, StoreOptions, Tx } from './store';
export { Noted } from './noted';
export { textDegrees, textNumber, type ColumnType, type Dialect } from './dialect';

/**
 * Opens the store and brings its schema up to date.
 * Throws DATABASE_UNREADABLE, DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
	const { database, ...rest } = options;
	return database.kind === 'sqlite' ? await openSqlite({ ...rest, database }) : await openPostgres({ ...rest, database });
}
