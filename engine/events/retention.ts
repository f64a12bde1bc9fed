import { sql } from 'kysely';

import { hashId } from '../kernel';
import { lockProfiles } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { deleteEvents } from './delete-events';

/** Event name -> days it is kept, counted from its arrival; '*': every name without an entry of its own. Names without either are kept for ever. */
export type Retention = Readonly<Record<string, number>>;

const DAY_MS = 24 * 60 * 60 * 1000;
/** A repeat of an identify call that comes later than this sets its attributes again. */
const IDENTIFIED_KEPT_MS = 30 * DAY_MS;
/** Rows a transaction looks at, so that events wait for it no longer than some 30 ms on SQLite. */
const SLICE = 2_000;
/** Transactions a call makes, so that it ends; the next one goes on where it ended. */
const SLICES = 20;

/**
 * Deletes what has been kept for as long as its name is to be kept. Retention wins over everything that still looks at an event: what
 * counts it in a segment or score goes by what is left, and a wait that looks back does not find it. That starts no journey.
 * A repeat of a message that was deleted is stored again.
 *
 * Ids rise with arrival, so one walk over them per number of days, which remembers where it was, looks at each event once: no index
 * by name and time, which each insert would pay for. A name added or removed starts the walk anew. The newest row of all stays: what
 * SQLite gives out as next id is derived from it.
 *
 * @returns the number of events deleted, and whether there may be more to delete now.
 */
export async function applyRetention(store: Store, segments: SegmentTracker, retention: Retention): Promise<{ deleted: number; more: boolean }> {
	let deleted = 0;
	let more = false;
	for (const walk of walksOf(retention)) {
		for (let slice = 0; slice < SLICES; slice += 1) {
			const done = await store.tx('retention', (tx) => deleteSlice(tx, segments, walk));
			deleted += done.deleted;
			if (done.atEnd) break;
			more ||= slice === SLICES - 1;
		}
	}
	return { deleted, more };
}

/** Message ids of identify calls that are too old to be repeated. */
export async function forgetIdentified(store: Store): Promise<number> {
	let deleted = 0;
	for (let slice = 0; slice < SLICES; slice += 1) {
		const count = await store.tx('forget-identified', (tx) => tx.run(
			sql`delete from identified where message_id in (select message_id from identified where received_at < ${tx.nowMs - IDENTIFIED_KEPT_MS} order by received_at limit ${sql.lit(SLICE)})`,
		));
		deleted += count;
		if (count < SLICE) break;
	}
	return deleted;
}

const EVERY_OTHER = '*';

/** One way through all events: what becomes too old after so many days. */
interface Walk {
	days: number;
	/** These names, or with `others` every name but these. */
	names: string[];
	others: boolean;
}

function walksOf(retention: Retention): Walk[] {
	const walks = new Map<string, Walk>();
	const named = Object.keys(retention).filter((name) => name !== EVERY_OTHER).sort();
	for (const name of named) {
		const days = retention[name] ?? 0;
		const walk = walks.get(`${days}`);
		if (walk !== undefined) walk.names.push(name);
		else if (days > 0) walks.set(`${days}`, { days, names: [name], others: false });
	}
	const days = retention[EVERY_OTHER] ?? 0;
	if (days > 0) walks.set(EVERY_OTHER, { days, names: named, others: true });
	return [...walks.values()];
}

interface Doomed {
	id: number;
	profile: number;
}

async function deleteSlice(tx: Tx, segments: SegmentTracker, { days, names, others }: Walk): Promise<{ deleted: number; atEnd: boolean }> {
	const key = others ? 'retention:*' : `retention:${days}`;
	const which = others ? hashId(EVERY_OTHER, String(days), ...names) : hashId(...names);
	const from = await placeOf(tx, key, which);
	const edge = await tx.first(sql<{ last: number | null; young: number | null; newest: number | null; count: number }>`select max(id) as last, count(*) as count,
		min(case when received_at > ${tx.nowMs - days * DAY_MS} then id end) as young, (select max(id) from event) as newest
		from (select id, received_at from event where id > ${from} order by id limit ${sql.lit(SLICE)}) as slice`);
	const { last = null, young = null, newest = null, count = 0 } = edge ?? {};
	const upTo = Math.min(young === null ? (last ?? 0) : young - 1, (newest ?? 1) - 1);
	if (upTo <= from) return { deleted: 0, atEnd: true };
	const doomed = await tx.all(sql<Doomed>`select id, profile from event where id > ${from} and id <= ${upTo} and ${others ? sql`not ` : sql``}(${tx.dialect.anyOf(sql.ref('name'), names)})`);
	const deleted = doomed.length === 0 ? 0 : await deleteDoomed(tx, segments, doomed);
	await tx.run(sql`insert into setting (key, value, updated_at) values (${key}, ${tx.dialect.json({ which, to: upTo })}, ${tx.nowMs})
		on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
	return { deleted, atEnd: young !== null || count < SLICE };
}

async function placeOf(tx: Tx, key: string, which: string): Promise<number> {
	const row = await tx.first(sql<{ value: unknown }>`select value from setting where key = ${key} ${tx.dialect.forUpdate}`);
	const value = (typeof row?.value === 'string' ? JSON.parse(row.value) : row?.value) as { which: string; to: number } | undefined;
	return value?.which === which ? value.to : 0;
}

/** With the people locked, as for every change of what they did; numbers of events stay as they are, with a gap. */
async function deleteDoomed(tx: Tx, segments: SegmentTracker, doomed: readonly Doomed[]): Promise<number> {
	await lockProfiles(tx, new Set(doomed.map(({ profile }) => profile)));
	// Whose they are is read once more: a merge may have moved them while we waited for the lock.
	const { count, byName } = await deleteEvents(tx, tx.dialect.anyOf(sql.ref('id'), doomed.map(({ id }) => id)));
	await segments.refresh(tx, { created: new Set(), events: byName, attributes: new Map(), historical: true });
	return count;
}
