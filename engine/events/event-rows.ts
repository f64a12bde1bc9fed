import { sql } from 'kysely';

import type { Query, Tx } from '../store';

/** A row of `event` to be, without what is the same for the whole batch; the order is that of COLUMNS. */
export type EventRow = [
	profile: number, eventNo: number, name: string, messageId: string | null, occurredAtMs: number,
	properties: string, enrollment: number | null, message: string | null, historical: number,
];

/** The last three are empty for nearly every batch, and then not even bound. */
const COLUMNS = ['profile', 'event_no', 'name', 'message_id', 'occurred_at', 'properties', 'enrollment', 'message', 'historical'] as const;

/**
 * Stores a batch of events, received now, with one statement; answers with their ids in the order of the rows.
 * null: a message id was there before, and nothing is stored.
 */
export async function insertEvents(tx: Tx, source: string, rows: readonly EventRow[]): Promise<number[] | null> {
	return tx.dialect.name === 'sqlite' ? await insertIntoSqlite(tx, source, rows) : await insertIntoPostgres(tx, source, rows);
}

/**
 * The hottest statement of the engine. Measured on node:sqlite, CPU time, 500 rows of 8 columns, against 100,000/s for
 * a prepared insert a row: bound as one JSON value 57,000/s, as rows of parameters through a subquery with a limit 85,000/s,
 * as plain rows of parameters 100,000/s. So plain rows, in statements of three sizes, so that each is prepared once; they are
 * filled up with nulls, which `or ignore` leaves out because a profile cannot be null.
 * `returning` costs another 8 %, and is not needed: with one writer, SQLite's next ids are known.
 */
async function insertIntoSqlite(tx: Tx, source: string, rows: readonly EventRow[]): Promise<number[] | null> {
	const newest = await tx.first(sql<{ stored: number; given: number }>`select coalesce((select max(id) from event), 0) as stored, (select id from event_last) as given`);
	const last = Math.max(newest?.stored ?? 0, newest?.given ?? 0);
	// SQLite would give out the ids of deleted newest rows again: then the first row is told its id, and the others follow it.
	if (last > (newest?.stored ?? 0)) return await insertWithIds(tx, source, rows, last);
	const size = SIZES.find((candidate) => candidate >= rows.length) ?? rows.length;
	const width = rows.every((row) => row[6] === null && row[7] === null && row[8] === 0) ? COLUMNS.length - 3 : COLUMNS.length;
	const parameters: unknown[] = [];
	for (const row of rows) {
		parameters.push(source, tx.nowMs);
		for (let column = 0; column < width; column += 1) parameters.push(row[column]);
	}
	for (let missing = (size - rows.length) * (width + 2); missing > 0; missing -= 1) parameters.push(null);
	const stored = await tx.run(prepared(textOf(size, width), parameters));
	if (stored < rows.length) {
		await takeBack(tx, last);
		return null;
	}
	return rows.map((_row, n) => last + n + 1);
}

/** The rare case: the newest events were deleted (a person was erased, an import undone), and their ids must not come again. */
async function insertWithIds(tx: Tx, source: string, rows: readonly EventRow[], last: number): Promise<number[] | null> {
	const objects = objectsOf(rows).map((row, n) => ({ ...row, id: last + n + 1 }));
	const names = sql.join(['id', ...COLUMNS].map((name) => sql.ref(name)));
	const stored = await tx.run(sql`insert or ignore into event (source, received_at, ${names})
		select ${source}, ${tx.nowMs}, ${names} from ${tx.dialect.rows(objects, { ...COLUMN_TYPES, id: 'integer' }, 'r')} where true`);
	if (stored === rows.length) return objects.map(({ id }) => id);
	await takeBack(tx, last);
	return null;
}

/** What is taken back was seen by nobody: its ids may come again. */
async function takeBack(tx: Tx, last: number): Promise<void> {
	await tx.run(sql`delete from event where id > ${last}`);
	await tx.run(sql`update event_last set id = ${last} where id > ${last}`);
}

const SIZES = [8, 64, 512];
const texts = new Map<string, string>();

function textOf(size: number, width: number): string {
	let text = texts.get(`${size} ${width}`);
	if (text === undefined) {
		// Plain question marks: node:sqlite looks each numbered parameter up by its name, 5 ms for a batch.
		const row = `(${Array.from({ length: width + 2 }, () => '?').join(', ')})`;
		text = `insert or ignore into event (source, received_at, ${COLUMNS.slice(0, width).join(', ')}) values ${Array.from({ length: size }, () => row).join(', ')}`;
		texts.set(`${size} ${width}`, text);
	}
	return text;
}

/** A query that is compiled already: Kysely takes about as long to walk 4,600 parameters as SQLite to insert the rows. */
function prepared(text: string, parameters: readonly unknown[]): Query {
	return { compile: () => ({ sql: text, parameters }) } as unknown as Query;
}

async function insertIntoPostgres(tx: Tx, source: string, rows: readonly EventRow[]): Promise<number[] | null> {
	const objects = objectsOf(rows);
	const names = sql.join(COLUMNS.map((name) => sql.ref(name)));
	const values = sql.join(COLUMNS.map((name) => (name === 'properties' ? sql`r.properties::jsonb` : sql.ref(`r.${name}`))));
	const stored = await tx.all(
		sql<{ id: number; profile: number; event_no: number }>`insert into event (source, received_at, ${names})
			select ${source}, cast(${tx.nowMs} as bigint), ${values} from ${tx.dialect.rows(objects, COLUMN_TYPES, 'r')} where true
			on conflict (message_id) do nothing returning id, profile, event_no`,
	);
	if (stored.length < rows.length) {
		if (stored.length > 0) await tx.run(sql`delete from event where ${tx.dialect.anyOf(sql.ref('id'), stored.map((row) => row.id))}`);
		return null;
	}
	// PostgreSQL gives the rows back in the order they were inserted, and promises nothing of the kind.
	const ids = new Map(stored.map((row) => [`${row.profile} ${row.event_no}`, row.id]));
	return rows.map(([profile, eventNo]) => ids.get(`${profile} ${eventNo}`) ?? 0);
}

function objectsOf(rows: readonly EventRow[]): Array<Record<string, unknown>> {
	return rows.map((row) => Object.fromEntries(COLUMNS.map((name, n) => [name, row[n]])));
}

const COLUMN_TYPES = {
	profile: 'integer', event_no: 'integer', name: 'text', message_id: 'text', occurred_at: 'integer',
	properties: 'text', enrollment: 'integer', message: 'text', historical: 'integer',
} as const;
