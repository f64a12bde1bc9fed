import { sql } from 'kysely';

import type { Batch } from './batch';

/**
 * Keeps these people, whom the file says so of, from being sold, and notes what is needed to take that back. An import lets nobody in again.
 * Answers with whom it changed; segments are the caller's to tell. Three statements and those of markDoNotSellIn.
 */
export async function placeDoNotSell({ tx, parts, importId, source }: Batch, profiles: readonly number[]): Promise<ReadonlySet<number>> {
	const people = [...new Set(profiles)];
	if (people.length === 0) return new Set();
	const off = await tx.all(sql<{ profile: number; source: string }>`select profile, source from do_not_sell where active = 0 and ${tx.dialect.anyOf(sql.ref('profile'), people)}`);
	const before = new Map(off.map((row) => [row.profile, row.source]));
	const changed = await parts.consent.markDoNotSellIn(tx, people.map((profile) => ({ profile, active: true, source })), { byImport: true });
	const rows = people.map((profile) => ({ profile, made: changed.has(profile) ? 1 : 0, before: before.get(profile) ?? null }));
	// When it was switched on stands in the table itself: of what was on already, long before.
	await tx.run(sql`insert into import_do_not_sell (import, profile, made, before, changed_at, noted_at)
		select cast(${importId} as text), r.profile, r.made, r.before, d.changed_at, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(rows, { profile: 'integer', made: 'integer', before: 'text' }, 'r')} join do_not_sell d on d.profile = r.profile where true
		on conflict (import, profile) do update set made = excluded.made, before = excluded.before, changed_at = excluded.changed_at, noted_at = excluded.noted_at where excluded.made = 1`);
	return changed;
}
