import { sql } from 'kysely';

import type { Reader } from '../../engine/store';

/**
 * On PostgreSQL: resolves when all of these works, which other connections do, wait for a lock of the transaction `holder` (the backend `pid`), or for one that
 * waits for it. Throws when one of them ends before: it found nothing to wait for, and the test would stand here for ever.
 */
export async function untilBlocked(holder: Pick<Reader, 'first'>, works: ReadonlyArray<Promise<unknown>>, pid?: number): Promise<void> {
	let over: number | null = null;
	for (const [n, work] of works.entries()) {
		const end = (): void => void (over ??= n + 1);
		work.then(end, end);
	}
	const backend = pid === undefined ? sql`pg_backend_pid()` : sql`${pid}::int`;
	const blocked = sql<{ n: number }>`with recursive blocked as (select pid from pg_locks where not granted and ${backend} = any(pg_blocking_pids(pid))
		union select l.pid from pg_locks l join blocked b on b.pid = any(pg_blocking_pids(l.pid)) where not l.granted) select count(distinct pid) as n from blocked`;
	while (Number((await holder.first(blocked))?.n ?? 0) < works.length) {
		if (over !== null) throw new Error(`Work ${String(over)} of ${works.length} ended without waiting for what this transaction holds.`);
		await new Promise((resolve) => setImmediate(resolve));
	}
}
