import { sql } from 'kysely';

import { CsvRecords, DecodedText } from '../csv';
import { EngineError, type Random } from '../kernel';
import type { Store, Tx } from '../store';
import { poolNamed } from './pools';
import type { CodesAdded, GeneratePlan } from './types';

/** Codes a transaction. */
const BATCH = 5_000;
const MOST_LISTED = 1_000;
const LONGEST_CODE = 100;
/** What shops and people can type: no blanks inside, nothing that ends an attribute or a tag. */
const CODE = /^[^\s"'<>&%{}\\\p{Cc}]+$/u;
const MOST_BYTES = 64 * 1024 * 1024;
/** Headers of a column with codes, as shops export them. */
const HEADERS = new Set(['code', 'coupon', 'coupon code', 'coupon_code', 'discount code', 'voucher', 'voucher code']);

interface Line {
	line: number;
	code: string;
}

/** As shops compare codes. */
export function codeKey(code: string): string {
	return code.trim().toUpperCase();
}

export async function addCodes(store: Store, pool: string, codes: readonly Line[]): Promise<CodesAdded> {
	const report: CodesAdded = { added: 0, known: 0, rejected: [], rejectedCount: 0 };
	await store.read((reader) => poolNamed(reader, pool));
	const usable = codes.flatMap(({ line, code: given }) => {
		const code = given.trim();
		if (code.length <= LONGEST_CODE && CODE.test(code)) return [{ line, code }];
		reject(report, line, `This is no code: 1 to ${LONGEST_CODE} characters without blanks, quotes, angle brackets, &, %, braces and backslashes.`);
		return [];
	});
	for (let at = 0; at < usable.length; at += BATCH) await store.tx('coupon-codes', (tx) => addBatch(tx, pool, usable.slice(at, at + BATCH))).then((one) => merge(report, one));
	return report;
}

async function addBatch(tx: Tx, name: string, batch: readonly Line[]): Promise<CodesAdded> {
	const report: CodesAdded = { added: 0, known: 0, rejected: [], rejectedCount: 0 };
	// Shared, so that the pool is not deleted meanwhile.
	const pool = await poolNamed(tx, name, tx.dialect.forShare);
	const byKey = new Map<string, Line>();
	for (const one of batch) {
		if (byKey.has(codeKey(one.code))) report.known += 1;
		else byKey.set(codeKey(one.code), one);
	}
	const rows = [...byKey].map(([key, { code }]) => ({ key, code })).sort((a, b) => (a.key < b.key ? -1 : 1));
	const added = await tx.all<{ code_key: string }>(sql<{ code_key: string }>`insert into coupon (pool, code, code_key, added_at)
		select cast(${pool.id} as ${sql.raw(tx.dialect.types.int)}), r.code, r."key", cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from ${tx.dialect.rows(rows, { key: 'text', code: 'text' }, 'r')} where true
		on conflict (code_key) do nothing returning code_key`);
	report.added = added.length;
	for (const { code_key: key } of added) byKey.delete(key);
	if (byKey.size === 0) return report;
	const elsewhere = await tx.all<{ code_key: string; pool: string }>(sql<{ code_key: string; pool: string }>`select c.code_key, p.name as pool from coupon c join coupon_pool p on p.id = c.pool
		where ${tx.dialect.anyOf(sql`c.code_key`, [...byKey.keys()])} and c.pool <> ${pool.id}`);
	for (const { code_key: key, pool: other } of elsewhere) {
		reject(report, byKey.get(key)?.line ?? 0, `This code is in the pool "${other}" already; a code is in one pool only.`);
		byKey.delete(key);
	}
	report.known += byKey.size;
	return report;
}

function reject(report: CodesAdded, line: number, reason: string): void {
	report.rejectedCount += 1;
	if (report.rejected.length < MOST_LISTED) report.rejected.push({ line, reason });
}

function merge(into: CodesAdded, { added, known, rejected, rejectedCount }: CodesAdded): void {
	into.added += added;
	into.known += known;
	into.rejectedCount += rejectedCount;
	into.rejected.push(...rejected.slice(0, MOST_LISTED - into.rejected.length));
}

/** A column code by its header, else the first column of every line. Throws BAD_INPUT. */
export async function readCodes(bytes: Uint8Array): Promise<Line[]> {
	if (bytes.byteLength > MOST_BYTES) throw new EngineError('BAD_INPUT', `The file has more than ${MOST_BYTES / 1024 / 1024} MB. Import it in parts.`);
	const codes: Line[] = [];
	let column: number | null = null;
	const records = new CsvRecords({ delimiters: [',', ';', '\t'], longestRow: 16 * 1024, trim: true }, {
		row: (line, cells) => {
			if (column === null) {
				column = Math.max(0, cells.findIndex((cell) => HEADERS.has(cell.trim().toLowerCase())));
				if (HEADERS.has((cells[column] ?? '').trim().toLowerCase())) return;
			}
			const code = (cells[column] ?? '').trim();
			if (code !== '') codes.push({ line, code });
		},
		reject: (line) => void codes.push({ line, code: '' }),
	});
	const text = new DecodedText();
	await records.feed(text.decode(bytes));
	await records.feed(text.flush());
	await records.end();
	return codes;
}

/** Without 0 and O, 1, I and L, 5 and S, 2 and Z, 8 and B, U and V: read out on the phone or copied from paper, they are taken for each other. */
const ALPHABET = '34679ACDEFGHJKMNPQRTWXY';
const LEAST_LENGTH = 6;
const MOST_LENGTH = 32;
const MOST_COUNT = 1_000_000;
/** How often so many new ones are drawn where some were there already. */
const MOST_ROUNDS = 10;
/** Of what is possible, so that neither guessing nor drawing hits often. */
const SPARSE = 1_000;

/** Throws BAD_INPUT, NOT_FOUND. */
export async function generateCodes(store: Store, random: Random, { pool, count, length = 10, prefix = '' }: GeneratePlan): Promise<CodesAdded> {
	if (!Number.isSafeInteger(count) || count < 1 || count > MOST_COUNT) throw new EngineError('BAD_INPUT', `Between 1 and ${MOST_COUNT} codes are generated at once.`);
	if (!Number.isSafeInteger(length) || length < LEAST_LENGTH || length > MOST_LENGTH) throw new EngineError('BAD_INPUT', `Codes have ${LEAST_LENGTH} to ${MOST_LENGTH} random characters: shorter ones are guessed.`);
	if (prefix !== '' && (prefix.length > 32 || !CODE.test(prefix))) throw new EngineError('BAD_INPUT', 'The prefix has at most 32 characters, without blanks, quotes, angle brackets, &, %, braces and backslashes.');
	if (ALPHABET.length ** length < count * SPARSE) throw new EngineError('BAD_INPUT', `Codes of ${length} random characters are too few for ${count}: one in ${SPARSE} guesses would hit. Make them longer.`);
	const report: CodesAdded = { added: 0, known: 0, rejected: [], rejectedCount: 0 };
	for (let round = 0; round < MOST_ROUNDS && report.added < count; round += 1) {
		const codes = Array.from({ length: count - report.added }, (_, n) => ({ line: n + 1, code: `${prefix}${drawn(random, length)}` }));
		report.added += (await addCodes(store, pool, codes)).added;
	}
	if (report.added < count) throw new EngineError('BAD_INPUT', `Only ${report.added} of ${count} codes could be made that there are not yet; they are in the pool. Use longer codes or another prefix.`, { added: report.added });
	return report;
}

/** Each character alike: bytes beyond the last whole run of the alphabet are drawn again. */
function drawn(random: Random, length: number): string {
	const limit = 256 - (256 % ALPHABET.length);
	let code = '';
	while (code.length < length) for (const byte of random.bytes(length * 2)) if (byte < limit && code.length < length) code += ALPHABET[byte % ALPHABET.length];
	return code;
}
