import { setImmediate as nextTurn } from 'node:timers/promises';

import { sql, type RawBuilder } from 'kysely';

import { auditIn } from '../../privacy';
import type { Store, Tx } from '../../store';
import { NEVER_MS } from '../trail';
import type { JourneyFilter } from '../types';
import { journeysOf, LONGEST_WHO, RESUMING, type JourneyRow } from './pause';

/*
 * A resume moves the slots (of an entry rate or a broadcast) that were still to come when the journey was paused, or were given since, by the length of the pause, or else all of them would be
 * due at once. A short queue moves in the transaction of the resume. A long one (with a million people one statement held the only writer of SQLite
 * for 20 s) moves in slices, and the journey stays paused until the last of them:
 *
 * paused -> resuming (a row of journey_shift; paused_at is when it will go on) -> running, or paused again where somebody said so meanwhile
 *
 * The length is fixed when it begins, up to the moment by which the slices are sure to be done: so nobody's slot is over by then. They go from the last due time
 * to the first, and `below` is how far they have come: whoever is due at or behind `from_at` and before `below` has not been moved, and everybody who
 * has stands at or behind it. So a process that dies is followed by any other (followResumes), and nobody is moved twice.
 */

/** People a transaction: 25 ms of CPU time. */
const SLICE = 5_000;
/** How many are moved in a millisecond, with much else going on. */
const MOVED_A_MS = 10;

/**
 * Lets paused journeys go on, with the pace of their entry rate; answers when they do. `slice`: for tests. The cap begins to count anew: whoever resumes has looked at the crowd
 * that is in, but the next one that is as large asks again. Throws NOT_FOUND when there is no such journey.
 */
export async function resume(store: Store, filter: JourneyFilter, { by = 'api', slice = SLICE }: { by?: string; slice?: number } = {}): Promise<{ resumed: number }> {
	// Paused again in the middle of a resume, it was as if resumed and paused at the moment that was meant: that one is brought to its end first.
	const open = await store.read(async (reader) => await reader.all<{ journey: string }>(sql<{ journey: string }>`select journey from journey_shift where ${reader.dialect.anyOf(sql`journey`, (await journeysOf(reader, filter)).map(({ id }) => id))}`));
	for (const { journey } of open) await moveAll(store, journey, slice);
	const { resumed, later } = await store.tx('resume-journey', async (tx) => {
		const { anyOf, forUpdate } = tx.dialect;
		const ids = (await journeysOf(tx, filter)).map(({ id }) => id);
		// As those who enter do: the gate before the journey.
		await tx.all(sql`select journey from journey_gate where ${anyOf(sql`journey`, ids)} order by journey ${forUpdate}`);
		const paused = await tx.all<JourneyRow>(sql<JourneyRow>`select id, workflow, step from journey where ${anyOf(sql`id`, ids)} and paused_at is not null order by id ${forUpdate}`);
		const gone = open.filter(({ journey }) => !paused.some(({ id }) => id === journey)).length;
		if (paused.length === 0) return { resumed: gone, later: [] };
		const queues = await queuesOf(tx, paused.map(({ id }) => id));
		const long = queues.filter(({ people }) => people > slice);
		const short = paused.map(({ id }) => id).filter((id) => !long.some(({ journey }) => journey === id));
		await moveAtOnce(tx, short);
		for (const queue of long) await begin(tx, queue);
		await auditIn(tx, paused.map(({ workflow, step }) => ({ action: 'journey.resume', who: by.slice(0, LONGEST_WHO), detail: { workflow, journeyStep: step } })));
		if (short.length > 0) await wakeAll(tx, filter.workflow);
		return { resumed: paused.length + gone, later: long.map(({ journey }) => journey) };
	});
	for (const journey of later) await moveAll(store, journey, slice);
	return { resumed };
}

/** SQLite answers within the turn: without the pause nobody else would be heard before the last slice. */
async function moveAll(store: Store, journey: string, slice: number): Promise<void> {
	while (await moveSlice(store, journey, slice)) await nextTurn();
}

/** Goes on with resumes that a process which died has begun: at most so many slices. Answers with how many it did. */
export async function followResumes(store: Store, slices: number): Promise<number> {
	let done = 0;
	for (; done < slices; done += 1) {
		const open = await store.read((reader) => reader.first(sql<{ journey: string }>`select journey from journey_shift order by journey limit 1`));
		if (open === undefined) break;
		await moveSlice(store, open.journey, SLICE);
	}
	return done;
}

interface Queue {
	journey: string;
	paused_at: number;
	/** Who may have to be moved, and the last of their due times. */
	people: number;
	last: number;
}

const parkedAt = (journey: RawBuilder<unknown>) => sql`token.place = ${journey} and token.journey = ${journey} and token.state = 'parked'`;

async function queuesOf(tx: Tx, journeys: readonly string[]): Promise<Queue[]> {
	const rows = await tx.all<Queue>(sql<Queue>`select j.id as journey, j.paused_at,
			(select count(*) from token where ${parkedAt(sql`j.id`)} and token.due_at >= j.paused_at and token.due_at < ${NEVER_MS}) as people,
			coalesce((select max(token.due_at) from token where ${parkedAt(sql`j.id`)} and token.due_at < ${NEVER_MS}), 0) as last
		from journey j where ${tx.dialect.anyOf(sql`j.id`, journeys)} and (${hasGate} or ${isBroadcast(tx)}) order by j.id`);
	return rows.map(({ people, ...row }) => ({ ...row, people: Number(people) }));
}

const hasGate = sql`exists (select 1 from journey_gate g where g.journey = j.id and g.slot_base is not null)`;
const isBroadcast = (tx: Tx) => sql`${tx.dialect.jsonText(sql`j.config`, ['entry', 'ratePerMinute'])} is not null`;

/**
 * Only slots: whoever was handed out before and comes again, runs on a virtual clock, or entered since a rate was taken away has none, and would wait the pause
 * twice. Whoever was enrolled by name has none of a broadcast's.
 */
function hasSlot(tx: Tx, pausedAt: RawBuilder<unknown>): RawBuilder<unknown> {
	const ofEntryRate = sql`(${hasGate} and (token.parked_at < ${pausedAt} or ${tx.dialect.jsonText(sql`j.config`, ['entryRate', 'people'])} is not null))`;
	return sql`token.parent is null and token.epoch = 0 and (${ofEntryRate} or (token.due_at > token.parked_at and ${isBroadcast(tx)}))
		and exists (select 1 from enrollment e where e.id = token.enrollment and e.time_scale = 1)`;
}

async function moveAtOnce(tx: Tx, journeys: readonly string[]): Promise<void> {
	if (journeys.length === 0) return;
	const mine = tx.dialect.anyOf(sql`j.id`, journeys);
	const length = sql`(cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) - j.paused_at)`;
	await tx.run(sql`update token set due_at = token.due_at + ${length} from journey j
		where ${mine} and ${parkedAt(sql`j.id`)} and token.due_at >= j.paused_at and token.due_at < ${NEVER_MS} and ${hasSlot(tx, sql`j.paused_at`)}`);
	await tx.run(sql`update journey_gate set slot_base = journey_gate.slot_base + ${length} from journey j where ${mine} and journey_gate.journey = j.id`);
	await tx.run(sql`update broadcast_run set free_at = broadcast_run.free_at + ${length} from journey j where ${mine} and broadcast_run.journey = j.id and broadcast_run.state = 'running' and broadcast_run.free_at >= j.paused_at`);
	await countAnew(tx, journeys);
	await tx.run(sql`update journey set paused_at = null, paused_reason = null where ${tx.dialect.anyOf(sql`id`, journeys)}`);
}

async function begin(tx: Tx, { journey, paused_at: pausedAtMs, people, last }: Queue): Promise<void> {
	const goesOnMs = Math.max(pausedAtMs + 1, tx.nowMs + Math.ceil(people / MOVED_A_MS));
	const byMs = goesOnMs - pausedAtMs;
	await tx.run(sql`insert into journey_shift (journey, from_at, by_ms, below, begun_at, resumes) values (${journey}, ${pausedAtMs}, ${byMs}, ${last + 1}, ${tx.nowMs}, 1)`);
	await tx.run(sql`update journey_gate set slot_base = slot_base + ${byMs} where journey = ${journey}`);
	await tx.run(sql`update broadcast_run set free_at = free_at + ${byMs} where journey = ${journey} and state = 'running' and free_at >= ${pausedAtMs}`);
	await countAnew(tx, [journey]);
	// Whoever enters meanwhile gets a slot from there on (gate.ts).
	await tx.run(sql`update journey set paused_at = ${goesOnMs}, paused_reason = ${RESUMING} where id = ${journey}`);
}

async function countAnew(tx: Tx, journeys: readonly string[]): Promise<void> {
	await tx.run(sql`update journey_gate set window_people = 0, capped_at = null where ${tx.dialect.anyOf(sql`journey`, journeys)}`);
	await tx.run(sql`delete from journey_entries where ${tx.dialect.anyOf(sql`journey`, journeys)}`);
}

interface Shift {
	from_at: number;
	by_ms: number;
	below: number;
	begun_at: number;
	resumes: number;
}

/** Answers whether there is more to do. Locks in the order of those who enter and pause: gate, journey. */
async function moveSlice(store: Store, journey: string, slice: number): Promise<boolean> {
	return await store.tx('resume-slice', async (tx) => {
		const { forUpdate } = tx.dialect;
		await tx.all(sql`select journey from journey_gate where journey = ${journey} ${forUpdate}`);
		const row = await tx.first<{ workflow: string }>(sql<{ workflow: string }>`select workflow from journey where id = ${journey} ${forUpdate}`);
		const shift = await tx.first<Shift>(sql<Shift>`select from_at, by_ms, below, begun_at, resumes from journey_shift where journey = ${journey} ${forUpdate}`);
		if (row === undefined || shift === undefined) return false;
		const waiting = sql`${parkedAt(sql`${journey}`)} and token.due_at >= ${shift.from_at} and token.due_at < ${shift.below}`;
		const cut = await tx.first<{ due: number }>(sql<{ due: number }>`select due_at as due from token where ${waiting} order by due_at desc limit 1 offset ${slice - 1}`);
		const from = cut?.due ?? shift.from_at;
		await tx.run(sql`update token set due_at = token.due_at + ${shift.by_ms} from journey j
			where j.id = ${journey} and ${waiting} and token.due_at >= ${from} and token.parked_at <= ${shift.begun_at} and ${hasSlot(tx, sql`${shift.from_at}`)}`);
		if (cut !== undefined) {
			await tx.run(sql`update journey_shift set below = ${from} where journey = ${journey}`);
			return true;
		}
		await tx.run(sql`delete from journey_shift where journey = ${journey}`);
		if (shift.resumes === 0) return false;
		await tx.run(sql`update journey set paused_at = null, paused_reason = null where id = ${journey}`);
		await wakeAll(tx, row.workflow);
		return false;
	});
}

async function wakeAll(tx: Tx, workflow: string): Promise<void> {
	for (const { step } of await tx.all<{ step: string }>(sql<{ step: string }>`select step from step where workflow = ${workflow}`)) tx.wake(workflow, step);
}
