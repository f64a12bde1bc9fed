import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader } from '../store';
import { cell } from './csv-cells';
import { readImport } from './import-log';
import type { TransferFormat } from './types';

const ROWS = 5000;

/** A piece of the rejected rows as a file, by line. Throws NOT_FOUND, BAD_INPUT. */
export async function rejectedPiece(reader: Reader, importId: string, format: TransferFormat, after?: string): Promise<{ bytes: Uint8Array; next: string | null }> {
	if (format !== 'csv' && format !== 'ndjson') throw new EngineError('BAD_INPUT', 'The format is "csv" or "ndjson".');
	if (after === undefined) await readImport(reader, importId);
	const [line, n] = after === undefined ? [-1, -1] : placeOf(after);
	const rows = await reader.all(
		sql<{ line: number; n: number; reason: string }>`select line, n, reason from import_reject where import = ${importId} and (line > ${line} or (line = ${line} and n > ${n}))
			order by line, n limit ${sql.lit(ROWS)}`,
	);
	const lines = rows.map((row) => (format === 'csv' ? `${row.line},${cell(row.reason)}\r\n` : `${JSON.stringify({ line: row.line, reason: row.reason })}\n`));
	if (after === undefined && format === 'csv') lines.unshift('line,reason\r\n');
	const last = rows.at(-1);
	return { bytes: new TextEncoder().encode(lines.join('')), next: rows.length < ROWS || last === undefined ? null : `${last.line} ${last.n}` };
}

function placeOf(after: string): [number, number] {
	const [line, n] = after.split(' ').map(Number);
	if (!Number.isSafeInteger(line) || !Number.isSafeInteger(n)) throw new EngineError('BAD_INPUT', '"after" is the "next" of the piece before.');
	return [line ?? 0, n ?? 0];
}
