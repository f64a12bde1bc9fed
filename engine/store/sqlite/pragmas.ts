import { totalmem } from 'node:os';

/**
 * 16 MB of log. Which commit copies it back into the file, all at once, is chance: at SQLite's usual 1,000 pages one small transaction in 70
 * did (7 ms with 10M events), and pages that many transactions touch were copied again and again. In batches of 500 an event costs half
 * as much as with 1,000 pages; 16,000 pages gain little more, and a commit that copies them takes 50 to 100 ms.
 */
const CHECKPOINT_PAGES = 4_000;

/** Taken as pages are read, not at once. A shop of a million people has 1.5 GB of them; one machine also has n8n to carry. */
const LEAST_CACHE_KIB = 64 * 1024;
const LARGEST_CACHE_KIB = 512 * 1024;

/** A sixteenth of the memory that this process may use, in KiB; in a container, of the container's. */
function cacheKib(): number {
	const bytes = Math.min(totalmem(), process.constrainedMemory());
	return Math.max(LEAST_CACHE_KIB, Math.min(LARGEST_CACHE_KIB, Math.floor(bytes / 16 / 1024)));
}

/**
 * What every connection to the embedded database begins with. synchronous = full: a commit survives power loss too; with normal the
 * last commits may be lost, and a lost `attempting` is a mail sent twice. secure_delete = on: what is deleted or replaced is overwritten
 * with zeros, at once and always: what an erased person's row held before it moved or was merged lies in free pages long before the erasure.
 * Ingesting 60,000 messages took the same CPU time with off, fast and on (medians of 7 each: 2.03, 2.04, 1.97 s).
 */
export const PRAGMAS = `pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = off; pragma secure_delete = on; pragma cache_size = -${cacheKib()}; pragma temp_store = memory; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};`;
