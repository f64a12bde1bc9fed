import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Pool, PoolClient } from 'pg';

import { EngineError } from '../../kernel';
import { createCompiler } from '../compile';
import { postgresDialect } from '../dialect';
import { migrate } from '../migrations';
import type { DatabaseConfig, Query, Reader, Store, StoreOptions, Tx } from '../store';
import { WakeBoard } from '../wake';
import { mayRetry, postgresFailure } from './failure';

const TRIES = 8;
const CHANNEL = 'journeys_wake';
/** Any constant: serialises migrations of processes that start together. */
const MIGRATION_LOCK = 7_205_531;

/** A value to be bound. No text of PostgreSQL holds a NUL. */
function withoutNul(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutNul);
	return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value;
}

/** The store for many processes: PostgreSQL, READ COMMITTED, LISTEN/NOTIFY for wake-ups. */
export async function openPostgres(options: StoreOptions & { database: Extract<DatabaseConfig, { kind: 'postgres' }> }): Promise<Store> {
	const pg = await import('pg');
	// int8 and numeric ids stay below 2^53 here: numbers, as on SQLite.
	const types = { getTypeParser: (id: number, format?: 'text' | 'binary') => (id === 20 ? Number : pg.default.types.getTypeParser(id, format as 'text')) };
	const { url, schema = 'public' } = options.database;
	if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw new EngineError('BAD_INPUT', `"${schema}" cannot be a schema name: use lower-case letters, digits and underscores.`);
	const connect = { connectionString: url, types, options: `-c search_path=${schema}`, connectionTimeoutMillis: 10_000 };
	const pool: Pool = new pg.default.Pool({ ...connect, max: 8 });
	pool.on('error', (error) => options.log.warn('A PostgreSQL connection broke while idle', { reason: error.message }));
	// While a connection is in use the pool does not listen, and an 'error' that nobody hears ends the thread. The statement under way tells it.
	pool.on('connect', (client) => client.on('error', () => undefined));
	const compile = createCompiler('postgres');
	const point = options.onPoint ?? (() => undefined);
	const wakes = new WakeBoard();
	let closed = false;
	let listenerClient: Client | undefined;

	async function ask<Row>(client: PoolClient | Pool, query: Query<Row>): Promise<{ rows: Row[]; count: number }> {
		const { sql, parameters } = compile(query);
		const result = await client.query(sql, parameters.map(withoutNul));
		return { rows: result.rows as Row[], count: result.rowCount ?? 0 };
	}

	async function now(client: PoolClient | Pool): Promise<number> {
		if (options.clock !== undefined) return options.clock.nowMs();
		const result = await client.query<{ now: number }>('select (extract(epoch from clock_timestamp()) * 1000)::bigint as now');
		return Number(result.rows[0]?.now);
	}

	async function start(): Promise<number> {
		const client = await pool.connect();
		try {
			await client.query('begin');
			await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
			// Asked first: `create schema if not exists` wants the right to create one even when it is there.
			const known = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
			if (known.rowCount === 0) await client.query(`create schema ${schema}`);
			const version = await migrate({
				dialect: postgresDialect,
				nowMs: await now(client),
				all: async (query) => (await ask(client, query)).rows,
				exec: async (text) => void (await client.query(text)),
			});
			await client.query('commit');
			return version;
		} catch (error) {
			await client.query('rollback').catch(() => undefined);
			throw error;
		} finally {
			client.release();
		}
	}

	async function listen(): Promise<void> {
		if (closed) return;
		const client = new pg.default.Client(connect);
		listenerClient = client;
		client.on('notification', (note) => {
			const [home, workflow, step] = (note.payload ?? '').split(' ');
			if (home === schema && workflow !== undefined && step !== undefined) wakes.tell(workflow, step);
		});
		// Losing the listener only costs latency (pumps poll every second): log, wait, listen again.
		client.on('error', () => undefined);
		client.on('end', () => {
			if (!closed) void sleep(1000, undefined, { ref: false }).then(() => listen().catch(() => undefined));
		});
		await client.connect();
		await client.query(`listen ${CHANNEL}`);
	}

	let schemaVersion: number;
	try {
		schemaVersion = await start();
		await listen();
	} catch (error) {
		closed = true;
		await pool.end();
		throw postgresFailure(error);
	}

	async function once<Result>(name: string, work: (tx: Tx) => Promise<Result>): Promise<Result> {
		const client = await pool.connect();
		const due = new Set<string>();
		const actions: Array<() => void> = [];
		let broken: Error | undefined;
		try {
			await client.query('begin');
			const tx: Tx = {
				dialect: postgresDialect,
				nowMs: await now(client),
				all: async (query) => (await ask(client, query)).rows,
				first: async (query) => (await ask(client, query)).rows[0],
				run: async (query) => (await ask(client, query)).count,
				wake: (workflow, step) => due.add(`${schema} ${workflow} ${step}`),
				afterCommit: (action) => actions.push(action),
			};
			const result = await work(tx);
			for (const payload of due) await client.query('select pg_notify($1, $2)', [CHANNEL, payload]);
			point(`${name}:before-commit`);
			await client.query('commit');
			point(`${name}:after-commit`);
			for (const action of actions) action();
			return result;
		} catch (error) {
			await client.query('rollback').catch((inner: unknown) => {
				broken = inner instanceof Error ? inner : new Error(String(inner));
			});
			throw error;
		} finally {
			client.release(broken);
		}
	}

	return {
		dialect: postgresDialect,
		schemaVersion,
		tx: async (name, work) => {
			for (let attempt = 1; ; attempt += 1) {
				if (closed) throw new EngineError('CLOSED', 'The engine is closed.');
				try {
					return await once(name, work);
				} catch (error) {
					if (!mayRetry(error) || attempt >= TRIES) throw postgresFailure(error);
					await sleep(10 * 2 ** attempt);
				}
			}
		},
		read: async (work) => {
			if (closed) throw new EngineError('CLOSED', 'The engine is closed.');
			try {
				const reader: Reader = {
					dialect: postgresDialect,
					nowMs: await now(pool),
					all: async (query) => (await ask(pool, query)).rows,
					first: async (query) => (await ask(pool, query)).rows[0],
				};
				return await work(reader);
			} catch (error) {
				throw postgresFailure(error);
			}
		},
		state: () => null,
		onWake: (listener) => wakes.listen(listener),
		scrub: () => Promise.resolve(),
		close: async () => {
			if (closed) return;
			closed = true;
			await listenerClient?.end().catch(() => undefined);
			await pool.end();
		},
	};
}
