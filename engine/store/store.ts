import type { Compilable, RawBuilder } from 'kysely';

import type { Clock, Log } from '../kernel';
import type { Dialect } from './dialect';

/** A query built with Kysely (the `sql` tag or a builder); values are always bound. */
export type Query<Row = unknown> = Compilable<Row> | RawBuilder<Row>;

export interface Reader {
	readonly dialect: Dialect;
	/** UTC milliseconds, one instant for the whole transaction. */
	readonly nowMs: number;
	all<Row>(query: Query<Row>): Promise<Row[]>;
	first<Row>(query: Query<Row>): Promise<Row | undefined>;
}

export interface Tx extends Reader {
	/** Runs a statement for its effect; answers with the number of rows changed. */
	run(query: Query): Promise<number>;
	/** Tells the pump of a step, after the commit, that somebody is due there (PROTOCOL: it wakes at once on a local change). */
	wake(workflow: string, step: string): void;
	/** Runs after the commit, in order; not at all when the transaction fails. */
	afterCommit(action: () => void): void;
}

/**
 * Where everything is kept. Transactions are all or nothing and are retried by the store while the database is busy,
 * so `work` must have no effect besides its statements.
 * SQLite: BEGIN IMMEDIATE, one writer at a time. PostgreSQL: READ COMMITTED; `work` locks profiles, enrollments, tokens in that order.
 */
export interface Store {
	readonly dialect: Dialect;
	readonly schemaVersion: number;
	tx<Result>(name: string, work: (tx: Tx) => Promise<Result>): Promise<Result>;
	read<Result>(work: (reader: Reader) => Promise<Result>): Promise<Result>;
	/** While this number stays the same, nobody has committed anything, in this process or another: what was read since it was first seen still holds. null: the database does not tell (PostgreSQL). */
	state(): number | null;
	onWake(listener: (workflow: string, step: string) => void): () => void;
	/**
	 * After a deletion that must leave nothing readable: brings the file in order and empties the log beside it, where older versions of
	 * pages stand. SQLite only, as far as no other process is reading; PostgreSQL's vacuum does the like in its own time. Never throws.
	 */
	scrub(): Promise<void>;
	close(): Promise<void>;
}

export type DatabaseConfig =
	| {
			kind: 'sqlite';
			file: string;
			/** The file does not grow beyond this; writes that need more room fail with DATABASE_FULL. Default: the disk is the limit. */
			maxBytes?: number;
	  }
	| { kind: 'postgres'; url: string; schema?: string };

export interface StoreOptions {
	database: DatabaseConfig;
	/** Injected time. Absent: the system clock on SQLite, the database's own time on PostgreSQL; the two are never mixed. */
	clock?: Clock;
	log: Log;
	/**
	 * Called at named points around each commit (`<tx name>:before-commit`, `<tx name>:after-commit`).
	 * Crash tests kill the process here.
	 */
	onPoint?: (point: string) => void;
}
