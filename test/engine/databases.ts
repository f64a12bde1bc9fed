import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ManualClock, silentLog, type Clock } from '../../engine/kernel';
import { openStore, type DatabaseConfig, type Store } from '../../engine/store';
import { postgresUrl } from './postgres-server';

export type DatabaseKind = 'sqlite' | 'postgres';
export const DATABASES: readonly DatabaseKind[] = ['sqlite', 'postgres'];

/** An empty database of the kind, and how to remove it. Every engine test runs on both. */
export async function emptyDatabase(kind: DatabaseKind): Promise<{ database: DatabaseConfig; drop(): Promise<void> }> {
	if (kind === 'sqlite') {
		const folder = mkdtempSync(join(tmpdir(), 'journeys-'));
		return { database: { kind, file: join(folder, 'journeys.sqlite') }, drop: async () => rmSync(folder, { recursive: true, force: true }) };
	}
	// Random: what a failing test leaves behind must not meet the next one.
	const schema = `t${randomBytes(8).toString('hex')}`;
	const url = await postgresUrl();
	return {
		database: { kind, url, schema },
		drop: async () => {
			const { Client } = await import('pg');
			const client = new Client({ connectionString: url });
			await client.connect();
			await client.query(`drop schema if exists ${schema} cascade`);
			await client.end();
		},
	};
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
