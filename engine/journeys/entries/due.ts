import { sql } from 'kysely';

import type { Reader, Store, Tx } from '../../store';
import { boundRun, startBroadcast, UNBOUNDED, type Run } from './broadcast';
import { sliceOfRun, type Asking } from './broadcast-slice';
import { takeTurns } from './broadcast-turns';
import { buildDates } from './date-build';
import { enterByDate } from './date-due';
import { enterBySilence } from './silence';

/** Transactions of each kind a call: thousands of people, a second or two. */
const SLICES = 20;

interface DueParts {
	store: Store;
	segments: Asking;
	/** The zone of the settings. */
	zone(reader: Reader): Promise<string>;
}

/**
 * Lets in whom time brings: dates, answers that did not come, schedules. Call it every second. Each kind is looked up by a reader first: asking
 * must not take the writer's turn when nothing is due.
 */
export async function enterDue(parts: DueParts): Promise<void> {
	const { store } = parts;
	const zone = (tx: Tx) => parts.zone(tx);
	const due = await store.read((reader) => reader.first(sql<Record<'builds' | 'dates' | 'silences' | 'schedules' | 'runs' | 'turns', number | boolean>>`select
		exists (select 1 from date_build) as builds, exists (select 1 from date_entry where due_at <= ${reader.nowMs}) as dates,
		exists (select 1 from silence_entry where due_at <= ${reader.nowMs}) as silences, exists (select 1 from broadcast where next_at <= ${reader.nowMs}) as schedules,
		exists (select 1 from broadcast_run where state = 'running') as runs, exists (select 1 from broadcast_person where due_at <= ${reader.nowMs}) as turns`));
	if (due === undefined) return;
	if (due.builds) await buildDates(store, SLICES, zone);
	// A build may have found somebody whose turn is this very moment.
	if (due.dates || due.builds) await repeat(() => enterByDate(store, zone));
	if (due.silences) await repeat(() => enterBySilence(store));
	if (due.schedules) await repeat(() => startBroadcast(store, zone));
	if (due.schedules || due.runs) await runAll(parts, zone);
	if (due.turns || due.runs || due.schedules) await repeat(() => takeTurns(store, parts.segments, zone));
}

async function repeat(work: () => Promise<number | boolean>): Promise<void> {
	for (let n = 0; n < SLICES && Boolean(await work()); n += 1);
}

/**
 * In turns, so that a large one does not hold up the others. Of runs that have been through, only those for whom nobody waits any more: they end. One that has no bound
 * yet has not begun, also where a merge has given somebody a turn in it already: it may be hours away, by which everybody else's would be over.
 */
async function runAll({ store, segments }: DueParts, zone: (tx: Tx) => Promise<string>): Promise<void> {
	for (let n = 0; n < SLICES; n += 1) {
		const runs = await store.read((reader) => reader.all(sql<Pick<Run, 'journey' | 'occurs_at' | 'last_id'>>`select r.journey, r.occurs_at, r.last_id from broadcast_run r where r.state = 'running'
			and (r.last_id = ${sql.lit(UNBOUNDED)} or r.next_id <= r.last_id or not exists (select 1 from broadcast_person b where b.journey = r.journey and b.occurs_at = r.occurs_at)) order by r.occurs_at, r.journey`));
		if (runs.length === 0) return;
		for (const run of runs) {
			if (run.last_id === UNBOUNDED) await boundRun(store, run);
			await sliceOfRun(store, segments, run, zone);
		}
	}
}
