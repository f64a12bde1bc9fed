import { EngineError, isEngineError } from '../../kernel';

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
const READONLY = 8;

function primaryCode(error: unknown): number | null {
	if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
	return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

export function isBusy(error: unknown): boolean {
	const code = primaryCode(error);
	return code === BUSY || code === LOCKED;
}

/** A failure of node:sqlite as an EngineError that says what to do. */
export function sqliteFailure(error: unknown, file: string): EngineError {
	if (isEngineError(error)) return error;
	const text = error instanceof Error ? error.message : String(error);
	switch (primaryCode(error)) {
		case BUSY:
		case LOCKED:
			return new EngineError('DATABASE_BUSY', `The journeys database ${file} stayed locked by another process. Only one n8n process may use an embedded database; set JOURNEYS_DATABASE_URL to a PostgreSQL database to use several.`, {}, { cause: error });
		case FULL:
			return new EngineError('DATABASE_FULL', `No room left on the disk of the journeys database ${file}. Nothing of this call was stored; free some space and it will go on.`, {}, { cause: error });
		case NOTADB:
		case CORRUPT:
			return new EngineError('DATABASE_UNREADABLE', `The file ${file} is not a readable journeys database (${text}). Restore it from a backup, or move it away to start with an empty one.`, {}, { cause: error });
		case CANTOPEN:
		case READONLY:
		case IOERR:
			return new EngineError('DATABASE_UNREADABLE', `The journeys database ${file} cannot be opened or written (${text}). Check that the folder exists and that n8n may read and write it.`, {}, { cause: error });
		default:
			return new EngineError('DATABASE_FAILED', `The journeys database refused a statement: ${text}`, {}, { cause: error });
	}
}
