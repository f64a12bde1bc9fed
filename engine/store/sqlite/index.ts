import { setTimeout as sleep } from 'node:timers/promises';

import { sql } from 'kysely';

import { EngineError, systemClock, type Clock } from '../../kernel';
import { sqliteDialect } from '../dialect';
import { migrate } from '../migrations';
import { WakeBoard } from '../wake';
import type { DatabaseConfig, Reader, Store, StoreOptions, Tx } from '../store';
import { SqliteConnection } from './database';
import { isBusy, sqliteFailure } from './failure';

const STATE = sql<{ data_version: number }>`pragma data_version`;
/** About 10 s in all. */
const BUSY_TRIES = 25;
const LONGEST_PAUSE_MS = 500;

/** The embedded store: one file in WAL mode, one writer and one reader connection in this thread. */
export async function openSqlite(options: StoreOptions & { database: Extract<DatabaseConfig, { kind: 'sqlite' }> }): Promise<Store> {
	const { file, maxBytes } = options.database;
	const clock = options.clock ?? systemClock;
	const point = options.onPoint ?? (() => undefined);
	const wakes = new WakeBoard();
	const { writer, reader, schemaVersion } = await patiently(file, () => openConnections(file, maxBytes, clock));
	const connection = writer;
	let closed = false;
	// One transaction at a time in this thread: `work` awaits, and two may not interleave on one connection.
	let queue: Promise<unknown> = Promise.resolve();

	async function once<Result>(name: string, work: (tx: Tx) => Promise<Result>): Promise<Result> {
		const due = new Map<string, [string, string]>();
		const actions: Array<() => void> = [];
		connection.exec('begin immediate');
		let result: Result;
		try {
			const tx: Tx = {
				dialect: sqliteDialect,
				nowMs: clock.nowMs(),
				all: async (query) => connection.all(query),
				first: async (query) => connection.all(query)[0],
				run: async (query) => connection.run(query),
				wake: (workflow, step) => due.set(`${workflow} ${step}`, [workflow, step]),
				afterCommit: (action) => actions.push(action),
			};
			result = await work(tx);
			point(`${name}:before-commit`);
			connection.exec('commit');
		} catch (error) {
			try {
				connection.exec('rollback');
			} catch {
				// SQLite has already rolled back (disk full, I/O error): the first error is the one to tell.
			}
			throw error;
		}
		point(`${name}:after-commit`);
		for (const action of actions) action();
		for (const [workflow, step] of due.values()) wakes.tell(workflow, step);
		return result;
	}

	function withRetries<Result>(name: string, work: (tx: Tx) => Promise<Result>): Promise<Result> {
		return patiently(file, async () => {
			if (closed) throw new EngineError('CLOSED', 'The engine is closed.');
			return await once(name, work);
		});
	}

	return {
		dialect: sqliteDialect,
		schemaVersion,
		tx: (name, work) => {
			const turn = queue.then(() => withRetries(name, work));
			queue = turn.catch(() => undefined);
			return turn;
		},
		read: async (work) => {
			if (closed) throw new EngineError('CLOSED', 'The engine is closed.');
			const view: Reader = {
				dialect: sqliteDialect,
				nowMs: clock.nowMs(),
				all: async (query) => reader.all(query),
				first: async (query) => reader.all(query)[0],
			};
			try {
				return await work(view);
			} catch (error) {
				throw sqliteFailure(error, file);
			}
		},
		// Of the reading connection: it changes with the commits of every other one (https://www.sqlite.org/pragma.html#pragma_data_version).
		state: () => reader.all(STATE)[0]?.data_version ?? null,
		onWake: (listener) => wakes.listen(listener),
		scrub: () => {
			const turn = queue.then(() => {
				if (!closed) connection.exec('pragma wal_checkpoint(truncate)');
			});
			// What was deleted is committed: a checkpoint that others keep from it comes later, of itself.
			return (queue = turn.catch(() => undefined)) as Promise<void>;
		},
		close: async () => {
			if (closed) return;
			await queue;
			closed = true;
			reader.close();
			connection.close();
		},
	};
}

/** Tries again while another connection holds the lock, without blocking the thread in between. */
async function patiently<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
	for (let attempt = 1; ; attempt += 1) {
		try {
			return await work();
		} catch (error) {
			if (!isBusy(error) || attempt >= BUSY_TRIES) throw sqliteFailure(error, file);
			await sleep(Math.min(LONGEST_PAUSE_MS, 20 * 2 ** attempt));
		}
	}
}

async function openConnections(file: string, maxBytes: number | undefined, clock: Clock): Promise<{ writer: SqliteConnection; reader: SqliteConnection; schemaVersion: number }> {
	const writer = new SqliteConnection(file, maxBytes);
	try {
		writer.exec('begin immediate');
		const schemaVersion = await migrate({
			dialect: sqliteDialect,
			nowMs: clock.nowMs(),
			all: async (query) => writer.all(query),
			exec: async (text) => writer.exec(text),
		});
		writer.exec('commit');
		return { writer, reader: new SqliteConnection(file), schemaVersion };
	} catch (error) {
		writer.close();
		throw error;
	}
}
