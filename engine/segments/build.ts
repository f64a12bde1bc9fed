import { sql, type RawBuilder } from 'kysely';

import { lockProfiles } from '../profiles';
import type { Store, Tx } from '../store';
import type { KnownSegments } from './known-segments';
import { takeInRange, updateRange } from './membership';
import type { AskTotals } from './totals';
import type { Mover } from './tracker';

/**
 * Works a new or changed rule in: segment saved -> slice -> slice … -> done (the row of `segment_build` is gone).
 *
 * Each slice is a transaction of its own over a range of profile ids and moves the mark `next_id`, so a process that dies goes on, at its
 * next start or in another process, where it stood. Whoever changes people meanwhile goes by the new rule already, so what a
 * slice has behind it stays right, and what it has before it is looked at when it comes there. On PostgreSQL a slice locks
 * its people: it would else write what was true before a change that is being committed.
 */
/** Profile ids: counting people instead, over the gaps that merged and erased ones leave, would read everybody once more. */
const FIRST_SLICE = 5_000;
const SMALLEST_SLICE = 5_000;
const LARGEST_SLICE = 80_000;
/**
 * Others wait for a slice at most about this long. Every commit writes the pages it has touched, and appointments lie all over their
 * index: in slices of 100 ms a build of 1M people took 2.6 times what one transaction took.
 */
const SLICE_MS = 300;
/** A build that nobody has touched for so long is gone on with. */
const LEFT_AFTER_MS = 10_000;
/** People whom a save waits for. */
export const WAITED_PEOPLE = 100_000;

export interface Builds {
	/** In the save's transaction. */
	start(tx: Tx, build: { segment: number; first: boolean; startJourneys: boolean }): Promise<void>;
	/** Works at a build until it is done, or has looked at so many people; answers whether there is more to do. */
	work(segment: number, people?: number): Promise<boolean>;
	/** Works at it until done, once at a time in this process. */
	finish(segment: number): Promise<void>;
	/** Builds that nobody works at: left by a process that died. */
	open(): Promise<number[]>;
	/** Waits for what runs in the background. */
	idle(): Promise<void>;
	stop(): void;
}

interface Build {
	next_id: number;
	last_id: number;
	first_build: number;
	start_journeys: number;
}

export function createBuilds({ store, known, mover, totals }: { store: Store; known: KnownSegments; mover: Mover; totals: AskTotals }): Builds {
	const running = new Map<number, Promise<void>>();
	let stopped = false;

	/** Locks in the order of everybody else who changes people: profiles, then the segments' lock, then the build. */
	async function slice(segment: number, size: number): Promise<{ more: boolean; atMs: number }> {
		return store.tx('segment-build', async (tx) => {
			const read = (lock: RawBuilder<unknown>) => tx.first(sql<Build>`select next_id, last_id, first_build, start_journeys from segment_build where segment = ${segment} ${lock}`);
			const build = await read(sql``);
			const atMs = tx.nowMs;
			if (build === undefined) return { more: false, atMs };
			const range = { from: build.next_id, to: Math.min(build.last_id, build.next_id + size - 1) };
			await lockRange(tx, range);
			const all = await known.forChange(tx);
			const one = all.find(({ id }) => id === segment);
			const still = await read(tx.dialect.forUpdate);
			// Another process did this slice, or the rule was changed once more: the next look says where to go on.
			if (still?.next_id !== build.next_id || still.last_id !== build.last_id) return { more: still !== undefined, atMs };
			if (one !== undefined && range.from <= range.to) {
				const silent = still.first_build === 1 && still.start_journeys === 0;
				// A segment that was saved while this one is still being built has looked at it half full.
				const isAskedFor = all.some(({ reach }) => reach.segments.has(one.name));
				const { inside, ...moved } = silent ? await takeInRange(tx, totals, one, range, isAskedFor) : { ...(await updateRange(tx, totals, one, range)), inside: [] };
				await mover.follow(tx, ({ reach }) => (reach.segments.has(one.name) ? inside : []), moved, 'rebuild', () => still.start_journeys === 0);
			}
			if (one === undefined || range.to >= build.last_id) {
				await tx.run(sql`delete from segment_build where segment = ${segment}`);
				return { more: false, atMs };
			}
			await tx.run(sql`update segment_build set next_id = ${range.to + 1}, done = done + ${sql.lit(size)}, touched_at = ${tx.nowMs} where segment = ${segment}`);
			return { more: true, atMs };
		});
	}

	/** From the start of one slice to that of the next is what a slice took, and what the others wanted in between. */
	async function work(segment: number, people = Infinity): Promise<boolean> {
		let size = FIRST_SLICE;
		let lastMs: number | undefined;
		for (let done = 0; done < people; done += size) {
			if (stopped) return false;
			const { more, atMs } = await slice(segment, size);
			if (!more) return false;
			const tookMs = lastMs === undefined ? SLICE_MS : atMs - lastMs;
			if (tookMs < SLICE_MS / 2) size = Math.min(LARGEST_SLICE, size * 2);
			else if (tookMs > SLICE_MS) size = Math.max(SMALLEST_SLICE, Math.floor(size / 2));
			lastMs = atMs;
		}
		return true;
	}

	return {
		start: async (tx, { segment, first, startJourneys }) => {
			const last = (await tx.first(sql<{ last: number }>`select coalesce(max(id), 0) as last from profile`))?.last ?? 0;
			const flag = (value: boolean) => sql.lit(value ? 1 : 0);
			await tx.run(
				sql`insert into segment_build (segment, next_id, last_id, first_build, start_journeys, done, people, touched_at)
					values (${segment}, 1, ${last}, ${flag(first)}, ${flag(startJourneys)}, 0, ${last}, ${tx.nowMs})
					on conflict (segment) do update set next_id = 1, last_id = excluded.last_id, first_build = excluded.first_build,
						start_journeys = excluded.start_journeys, done = 0, people = excluded.people, touched_at = excluded.touched_at`,
			);
		},
		work,
		finish: (segment) => {
			const finished = running.get(segment) ?? work(segment).then(() => undefined).finally(() => running.delete(segment));
			running.set(segment, finished);
			return finished;
		},
		open: () =>
			store.read(async (reader) => {
				const rows = await reader.all(sql<{ segment: number }>`select segment from segment_build where touched_at <= ${reader.nowMs - LEFT_AFTER_MS} order by segment`);
				return rows.map((row) => row.segment).filter((segment) => !running.has(segment));
			}),
		idle: async () => {
			await Promise.allSettled(running.values());
		},
		stop: () => {
			stopped = true;
		},
	};
}

async function lockRange(tx: Tx, { from, to }: { from: number; to: number }): Promise<void> {
	if (tx.dialect.name === 'sqlite') return;
	const rows = await tx.all(sql<{ id: number }>`select id from profile where id between ${from} and ${to} order by id`);
	await lockProfiles(tx, rows.map((row) => row.id));
}
