import { sql, type RawBuilder } from 'kysely';

import type { Reader, Tx } from '../store';

/**
 * SQL of the number of a person's newest event, 0 before the first; `profile`: the alias of their row of `profile`.
 *
 * It is read off the events themselves, by one search in the index event_number, whose page the next insert writes anyway. Counted in
 * `profile`, each event dirtied one page more (with a million people, 500 events wrote 1,645 pages into SQLite's log; now 1,145), and on
 * PostgreSQL it wrote the row with all attributes anew. `profile.event_no` is only a floor under it, raised where the newest events go and the person stays:
 * retention, the undo of an import (raiseEventFloors), a merge. So no number is given out twice, and no wait, which looks for numbers
 * above its `watch_from`, misses an event that comes after such a removal. A floor above 0 says nothing more than that.
 *
 * To number new events, ask by a statement that begins once the profiles are locked (PROTOCOL 3): PostgreSQL, having waited for a lock,
 * reads the row anew but not the events.
 */
export function lastEventNoSql(profile: string): RawBuilder<number> {
	const floor = sql.ref(`${profile}.event_no`);
	return sql<number>`coalesce((select max(newest.event_no) from event newest where newest.profile = ${sql.ref(`${profile}.id`)} and newest.event_no > ${floor}), ${floor})`;
}

/** By profile id; who is not there is not in it. One statement. */
export async function lastEventNos(reader: Reader, profiles: Iterable<number>): Promise<Map<number, number>> {
	const rows = await reader.all(sql<{ id: number; last: number }>`select p.id, ${lastEventNoSql('p')} as last from profile p where ${reader.dialect.anyOf(sql.ref('p.id'), [...profiles])}`);
	return new Map(rows.map(({ id, last }) => [id, last]));
}

/**
 * Whose newest events have just been deleted keeps their last number as the floor. `removed`: what was deleted, in any order. One statement,
 * which writes the rows of those alone who have no newer event. The profiles are locked.
 */
export async function raiseEventFloors(tx: Tx, removed: ReadonlyArray<{ profile: number; event_no: number }>): Promise<void> {
	if (removed.length === 0) return;
	const newest = new Map<number, number>();
	for (const { profile, event_no } of removed) newest.set(profile, Math.max(event_no, newest.get(profile) ?? 0));
	const floors = [...newest].map(([id, floor]) => ({ id, floor }));
	await tx.run(sql`update profile set event_no = r.floor from ${tx.dialect.rows(floors, { id: 'integer', floor: 'integer' }, 'r')}
		where profile.id = r.id and profile.event_no < r.floor and not exists (select 1 from event newer where newer.profile = r.id and newer.event_no > r.floor)`);
}
