import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { Client } from 'pg';

import type { JsonObject, JsonValue } from '../../../engine/kernel';
import type { DatabaseConfig } from '../../../engine/store';
import { postgresDialect, shortStep, sqliteDialect, type Dialect } from '../../../engine/store/dialect';
import type { Migration } from '../../../engine/store/migrations/migration';
import { bareDatabase, type DatabaseKind, type OwnDatabase } from '../databases';

const FOLDER = join(__dirname, '../../../engine/store/migrations');

/** Migrations in these versions, in order. */
export async function migrations(from: number, to: number): Promise<Migration[]> {
	const files = readdirSync(FOLDER).filter((file) => /^\d{4}-/.test(file) && Number(file.slice(0, 4)) >= from && Number(file.slice(0, 4)) <= to).sort();
	const modules = await Promise.all(files.map(async (file) => (await import(join(FOLDER, file))) as Record<string, Migration>));
	return modules.flatMap((module) => Object.values(module));
}

/** Rows of all tables, by name. What is null is left out. */
export type Rows = Record<string, JsonObject[]>;

/** What an engine of before left in its database: taken from a real one, on SQLite. */
export interface Left {
	/** Commit of the engine. */
	madeBy: string;
	nowMs: number;
	/** What was mailed to whom: the token of its link, and its code. */
	mails: Record<string, { link: string; code: string }>;
	tables: Rows;
}

export function left(version: number): Left {
	return JSON.parse(readFileSync(join(__dirname, `schema-${version}.json`), 'utf8')) as Left;
}

/** A database as the migrations up to `version` make it, with these rows. */
export async function databaseOf(kind: DatabaseKind, version: number, tables: Rows): Promise<OwnDatabase> {
	const own = await bareDatabase(kind);
	const connection = await connect(own.database);
	await connection.begin();
	const { int } = connection.types;
	await connection.exec(`create table schema_version (version ${int} primary key, breaking ${int} not null, applied_at ${int} not null)`);
	for (const migration of await migrations(1, version)) {
		for (const statement of migration.statements(connection.types)) await connection.exec(statement);
		await connection.exec(`insert into schema_version (version, breaking, applied_at) values (${migration.version}, ${migration.breaking ? 1 : 0}, 1)`);
	}
	for (const [table, rows] of Object.entries(tables)) await connection.insert(table, rows);
	await connection.close();
	return own;
}

/** As the database gives them, in an order of their own. */
export async function rowsOf(database: DatabaseConfig, tables: readonly string[]): Promise<Rows> {
	const connection = await connect(database);
	const found: Rows = {};
	for (const table of tables) found[table] = (await connection.all(`select * from ${table}`)).map(withoutNull).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
	await connection.close();
	return found;
}

function withoutNull(row: JsonObject): JsonObject {
	return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

interface Connection {
	types: Dialect['types'];
	begin(): Promise<void>;
	exec(text: string): Promise<void>;
	all(text: string): Promise<JsonObject[]>;
	insert(table: string, rows: readonly JsonObject[]): Promise<void>;
	/** Commits what was begun. */
	close(): Promise<void>;
}

async function connect(database: DatabaseConfig): Promise<Connection> {
	return database.kind === 'sqlite' ? ofFile(database.file) : await ofServer(database.url, database.schema ?? 'public');
}

function ofFile(file: string): Connection {
	const connection = new DatabaseSync(file);
	connection.function('short_step', { deterministic: true }, shortStep);
	const exec = (text: string) => Promise.resolve(connection.exec(text));
	return {
		types: sqliteDialect.types, exec, begin: () => exec('begin'),
		all: (text) => Promise.resolve(connection.prepare(text).all() as JsonObject[]),
		insert: async (table, rows) => {
			for (const row of rows) connection.prepare(`insert into ${table} (${columns(row)}) values (${Object.keys(row).map(() => '?').join()})`).run(...(Object.values(row) as Array<string | number>));
			await Promise.resolve();
		},
		close: async () => {
			if (connection.isTransaction) await exec('commit');
			connection.close();
		},
	};
}

async function ofServer(url: string, schema: string): Promise<Connection> {
	const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
	await client.connect();
	const exec = async (text: string): Promise<void> => void (await client.query(text));
	const all = async (text: string): Promise<JsonObject[]> => (await client.query<JsonObject>(text)).rows;
	return {
		types: postgresDialect.types, exec, all,
		begin: () => exec(`begin; create schema if not exists ${schema}`),
		insert: async (table, rows) => {
			const known = await all(`select column_name as name, data_type as type, is_identity as counted from information_schema.columns where table_schema = '${schema}' and table_name = '${table}'`);
			const json = new Set(known.filter(({ type }) => type === 'jsonb').map(({ name }) => name));
			const parsed = rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]): [string, JsonValue] => [name, json.has(name) ? (JSON.parse(String(value)) as JsonValue) : value])));
			for (const row of parsed) await client.query(`insert into ${table} (${columns(row)}) select ${columns(row)} from jsonb_populate_record(null::${table}, $1)`, [JSON.stringify(row)]);
			for (const { name } of known.filter(({ counted }) => counted === 'YES')) await exec(`select setval(pg_get_serial_sequence('${table}', '${String(name)}'), max(${String(name)})) from ${table}`);
		},
		close: async () => {
			await exec('commit');
			await client.end();
		},
	};
}

function columns(row: JsonObject): string {
	return Object.keys(row).map((name) => `"${name}"`).join();
}
