import {
	DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler,
	SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler,
	type QueryExecutorProvider,
} from 'kysely';

import type { Query } from './store';

/**
 * Kysely builds and compiles; the store executes. Its own executor costs several promises and allocations a query,
 * and node:sqlite's prepared statements are synchronous: compiling alone keeps what is worth having of both.
 */
function compiler(dialect: 'sqlite' | 'postgres'): Kysely<unknown> {
	return new Kysely({
		dialect:
			dialect === 'sqlite'
				? {
						createAdapter: () => new SqliteAdapter(),
						createDriver: () => new DummyDriver(),
						createIntrospector: (db) => new SqliteIntrospector(db),
						createQueryCompiler: () => new SqliteQueryCompiler(),
					}
				: {
						createAdapter: () => new PostgresAdapter(),
						createDriver: () => new DummyDriver(),
						createIntrospector: (db) => new PostgresIntrospector(db),
						createQueryCompiler: () => new PostgresQueryCompiler(),
					},
	});
}

export interface CompiledText {
	readonly sql: string;
	readonly parameters: readonly unknown[];
}

export function createCompiler(dialect: 'sqlite' | 'postgres'): (query: Query) => CompiledText {
	const db = compiler(dialect);
	return (query) => {
		const raw = query as { compile(provider?: QueryExecutorProvider): CompiledText };
		return raw.compile(db);
	};
}
