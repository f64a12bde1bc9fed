import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ManualClock, silentLog, type Clock } from '../../engine/kernel';
import { openStore, type DatabaseConfig, type Store } from '../../engine/store';
import { createEmptyDatabase, dropDatabase, dropSchema, emptyFile, SCHEMA } from './empty-database';
import { postgresUrl } from './postgres-server';

export type DatabaseKind = 'sqlite' | 'postgres';
export const DATABASES: readonly DatabaseKind[] = ['sqlite', 'postgres'];

/** A database of the kind, and how to remove it. */
export interface OwnDatabase {
	database: DatabaseConfig;
	drop(): Promise<void>;
}

/** An empty database with the schema of today. Every engine test runs on both kinds. */
export async function emptyDatabase(kind: DatabaseKind): Promise<OwnDatabase> {
	if (kind === 'postgres') {
		const name = randomName();
		return { database: { kind, url: await createEmptyDatabase(name), schema: SCHEMA }, drop: () => dropDatabase(name) };
	}
	const own = newFile();
	writeFileSync(own.database.file, await emptyFile());
	return own;
}

/** As a new installation finds it: no table, on SQLite no file. For tests of what makes them. */
export async function bareDatabase(kind: DatabaseKind): Promise<OwnDatabase> {
	if (kind === 'sqlite') return newFile();
	const schema = randomName();
	return { database: { kind, url: await postgresUrl(), schema }, drop: () => dropSchema(schema) };
}

/** What a failing test leaves behind must not meet the next one. */
function randomName(): string {
	return `t${randomBytes(8).toString('hex')}`;
}

function newFile() {
	const folder = mkdtempSync(join(tmpdir(), 'journeys-'));
	return { database: { kind: 'sqlite' as const, file: join(folder, 'journeys.sqlite') }, drop: async () => rmSync(folder, { recursive: true, force: true }) };
}

export const TEST_START_MS = Date.parse('2026-03-02T09:00:00Z');

/** A store of its own with a clock that the test moves. */
export async function testStore(kind: DatabaseKind, clock: Clock = new ManualClock(TEST_START_MS)): Promise<{ store: Store; clock: Clock; close(): Promise<void> }> {
	const { database, drop } = await emptyDatabase(kind);
	const store = await openStore({ database, clock, log: silentLog });
	return {
		store,
		clock,
		close: async () => {
			await store.close();
			await drop();
		},
	};
}
