import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { silentLog } from '../../engine/kernel';
import { openStore } from '../../engine/store';
import { postgresDialect } from '../../engine/store/dialect';
import { migrate } from '../../engine/store/migrations';
import { postgresUrl } from './postgres-server';

/*
 * Empty databases as copies of one that was migrated once: of the thousands of tests nearly each has one of its own. To make, open, close and drop
 * it takes 8 ms on SQLite and 330 ms on PostgreSQL, where migrating it took 140 and 830 (medians on a busy machine with two cores).
 */

/** Not `public`: so that nothing goes by the name of the schema. */
export const SCHEMA = 'journeys';
/** Any constant: of processes that find no template one makes it. */
const TEMPLATE_LOCK = 7_205_539;

let file: Promise<Buffer> | undefined;

/** The bytes of an embedded database with the schema of today and nothing in it; made once a test file. */
export function emptyFile(): Promise<Buffer> {
	return (file ??= makeFile());
}

async function makeFile(): Promise<Buffer> {
	const folder = mkdtempSync(join(tmpdir(), 'journeys-empty-'));
	try {
		const path = join(folder, 'journeys.sqlite');
		await (await openStore({ database: { kind: 'sqlite', file: path }, log: silentLog })).close();
		return readFileSync(path);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Makes a database of this name on the test server; answers with its address. */
export async function createEmptyDatabase(name: string): Promise<string> {
	await onServer(async (client) => {
		const template = await templateFor(client);
		// By copying files: the other strategy writes all of it into the log as well, 10 MB a test.
		await client.query(`create database ${name} template ${template} strategy file_copy`);
	});
	return await addressOf(name);
}

/** Whoever is still connected is cut off. */
export async function dropDatabase(name: string): Promise<void> {
	await onServer((client) => client.query(`drop database if exists ${name} with (force)`));
}

export async function dropSchema(name: string): Promise<void> {
	await onServer((client) => client.query(`drop schema if exists ${name} cascade`));
}

async function addressOf(name: string): Promise<string> {
	const url = new URL(await postgresUrl());
	url.pathname = `/${name}`;
	return url.toString();
}

async function onServer(work: (client: Client) => Promise<unknown>): Promise<void> {
	const client = new Client({ connectionString: await postgresUrl() });
	await client.connect();
	try {
		await work(client);
	} finally {
		await client.end();
	}
}

let template: string | undefined;

/** Named for what the migrations say: a server that outlives a run never gives out the schema of yesterday. */
async function templateFor(client: Client): Promise<string> {
	if (template !== undefined) return template;
	const name = `empty_${await hashOfMigrations()}`;
	await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
	try {
		const known = await client.query('select 1 from pg_database where datname = $1', [name]);
		if (known.rowCount === 0) {
			await client.query(`drop database if exists ${name}_half with (force)`);
			await client.query(`create database ${name}_half`);
			await (await openStore({ database: { kind: 'postgres', url: await addressOf(`${name}_half`), schema: SCHEMA }, log: silentLog })).close();
			await client.query(`alter database ${name}_half rename to ${name}`);
		}
	} finally {
		await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
	}
	return (template = name);
}

async function hashOfMigrations(): Promise<string> {
	const hash = createHash('sha256');
	await migrate({ dialect: postgresDialect, nowMs: 0, all: () => Promise.resolve([]), exec: async (statement) => void hash.update(statement) });
	return hash.digest('hex').slice(0, 24);
}
