import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';

import { EngineError } from '../../kernel';
import { createCompiler } from '../compile';
import { foldCase, shortStep, textDegrees, textNumber } from '../dialect';
import type { Query } from '../store';
import { sumDecimals } from './decimal';
import { compareDecimals, sumExactly } from './exact';
import { PRAGMAS } from './pragmas';

/** One connection with its prepared statements. Least recently used statements are dropped beyond this many. */
const STATEMENTS_KEPT = 400;

/**
 * How long a locked database blocks the thread before the store waits without blocking and tries again. Short: whoever
 * holds the lock may need this very thread to go on.
 */
const BLOCKING_WAIT_MS = 50;

export class SqliteConnection {
	private readonly database: DatabaseSync;
	private readonly statements = new Map<string, Prepared>();
	private readonly compile = createCompiler('sqlite');

	constructor(file: string, maxBytes?: number) {
		mkdirSync(dirname(file), { recursive: true });
		this.database = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS });
		this.database.function('text_number', { deterministic: true }, textNumber);
		this.database.function('text_degrees', { deterministic: true }, textDegrees);
		// The cast: the types let only SQL values be an aggregate's state, node:sqlite takes any value.
		this.database.aggregate('sum_decimals', sumDecimals as never);
		this.database.aggregate('sum_exactly', sumExactly as never);
		this.database.function('compare_decimals', { deterministic: true }, compareDecimals);
		this.database.function('short_step', { deterministic: true }, shortStep);
		this.database.function('fold_case', { deterministic: true }, foldCase);
		this.database.exec(PRAGMAS);
		if (maxBytes !== undefined) this.database.exec(`pragma max_page_count = ${Math.max(1, Math.floor(maxBytes / 4096))}`);
	}

	exec(text: string): void {
		this.database.exec(text);
	}

	all<Row>(query: Query<Row>): Row[] {
		const { prepared: { statement, columns }, parameters } = this.prepare(query);
		const rows = statement.all(...parameters);
		return (columns === null ? rows : (rows as unknown as SQLOutputValue[][]).map((values) => named(columns, values))) as Row[];
	}

	run(query: Query): number {
		const { prepared: { statement }, parameters } = this.prepare(query);
		return Number(statement.run(...parameters).changes);
	}

	close(): void {
		this.statements.clear();
		this.database.close();
	}

	private prepare(query: Query): { prepared: Prepared; parameters: SQLInputValue[] } {
		const compiled = this.compile(query);
		let prepared = this.statements.get(compiled.sql);
		if (prepared === undefined) {
			prepared = prepare(this.database, compiled.sql);
			if (this.statements.size >= STATEMENTS_KEPT) {
				const [oldest] = this.statements.keys();
				if (oldest !== undefined) this.statements.delete(oldest);
			}
		} else {
			this.statements.delete(compiled.sql);
		}
		this.statements.set(compiled.sql, prepared);
		return { prepared, parameters: compiled.parameters.map(bindable) };
	}
}

interface Prepared {
	statement: StatementSync;
	/** Of rows that come as arrays; null: they come as objects. */
	columns: readonly string[] | null;
}

/**
 * Rows come as arrays and get their names here: the objects that node:sqlite makes take half as long again, and as V8 keeps them like dictionaries, each look into one is slow too.
 * The names stay true as long as the schema does, which changes before anything else is prepared. Node 22 knows no arrays.
 */
function prepare(database: DatabaseSync, text: string): Prepared {
	const statement = database.prepare(text);
	if (!('setReturnArrays' in statement)) return { statement, columns: null };
	statement.setReturnArrays(true);
	return { statement, columns: statement.columns().map(({ name }) => name) };
}

function named(columns: readonly string[], values: readonly SQLOutputValue[]): Record<string, SQLOutputValue> {
	const row: Record<string, SQLOutputValue> = {};
	for (let n = 0; n < columns.length; n += 1) row[columns[n] as string] = values[n] as SQLOutputValue;
	return row;
}

function bindable(value: unknown): SQLInputValue {
	if (value === undefined || value === null) return null;
	if (typeof value === 'boolean') return value ? 1 : 0;
	if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint') return value;
	if (value instanceof Uint8Array) return value;
	throw new EngineError('INTERNAL', `A value of type ${typeof value} cannot be bound to a statement.`);
}
