import { sql } from 'kysely';

import type { Tx } from '../../store';
import type { Listening } from '../react';
import { nextSlots, type SlotSequence } from '../slots';
import type { EntryCap } from '../types';
import { pauseIn } from './pause';

/*
 * What all who enter a journey share: when its next slot is free, and how many entered within the window of its cap. A row a journey, locked from
 * before the first enrollment to the commit, so that two processes never give the same slot or both take the cap's last place. Journeys
 * without rate and cap have none and wait for nobody. Order of locks: profiles, gate, journey, enrollments, tokens. Only a cap that is
 * reached takes the journey when enrollments are made already: it is rare, and the store retries a deadlock.
 */
interface Gate {
	sequence: SlotSequence | null;
	windowPeople: number;
	cappedAt: number | null;
	/** Slots are counted from here: while the journey is paused its clock stands still, while it is being resumed at the moment from which it goes on. */
	clockMs: number;
}

interface GateRow {
	slot_base: number | null;
	slot_taken: number | null;
	slot_people: number | null;
	slot_per: number | null;
	window_people: number;
	capped_at: number | null;
}

/** null where the journey has neither rate nor cap. */
export async function lockGate(tx: Tx, { id, config }: Listening): Promise<Gate | null> {
	if (config.entryRate === undefined && config.entryCap === undefined) return null;
	const read = () => tx.first<GateRow>(sql<GateRow>`select slot_base, slot_taken, slot_people, slot_per, window_people, capped_at from journey_gate where journey = ${id} ${tx.dialect.forUpdate}`);
	let row = await read();
	if (row === undefined) {
		await makeGate(tx, id);
		row = await read();
	}
	// In a statement of its own: what a resume committed while this one waited for the lock is seen.
	const journey = await tx.first<{ paused_at: number | null }>(sql<{ paused_at: number | null }>`select paused_at from journey where id = ${id}`);
	const { slot_base: baseMs = null, slot_taken: taken = null, slot_people: people = null, slot_per: perMs = null } = row ?? {};
	return {
		sequence: baseMs === null || taken === null || people === null || perMs === null ? null : { baseMs, taken, people, perMs },
		windowPeople: row?.window_people ?? 0, cappedAt: row?.capped_at ?? null, clockMs: journey?.paused_at ?? tx.nowMs,
	};
}

export async function makeGate(tx: Tx, journey: string): Promise<void> {
	await tx.run(sql`insert into journey_gate (journey) values (${journey}) on conflict (journey) do nothing`);
}

/**
 * Gives those who enter their slots, in their order, and counts them. More than the cap within its window: all of them are in, and the
 * journey is paused in this very transaction, before any of them is handed out.
 */
export async function passGate(tx: Tx, journey: Listening, gate: Gate | null, people: number): Promise<number[]> {
	if (gate === null || people === 0) return Array.from({ length: people }, () => tx.nowMs);
	const { entryRate, entryCap } = journey.config;
	const given = entryRate === undefined ? null : nextSlots(gate.sequence, entryRate, gate.clockMs, people);
	const sequence = given?.sequence ?? gate.sequence;
	const windowPeople = entryCap === undefined ? gate.windowPeople : await countEntries(tx, journey.id, entryCap, gate.windowPeople, people);
	const over = entryCap !== undefined && gate.cappedAt === null && windowPeople > entryCap.people;
	await tx.run(sql`update journey_gate set slot_base = ${sequence?.baseMs ?? null}, slot_taken = ${sequence?.taken ?? null}, slot_people = ${sequence?.people ?? null},
		slot_per = ${sequence?.perMs ?? null}, window_people = ${windowPeople}, capped_at = ${over ? tx.nowMs : gate.cappedAt} where journey = ${journey.id}`);
	if (over) await pauseIn(tx, [journey], cappedReason(journey.config.name, entryCap), 'entry cap');
	return given?.slots ?? Array.from({ length: people }, () => tx.nowMs);
}

/** Each entry is added once and taken off once: what a batch costs follows the batch, not the window. */
async function countEntries(tx: Tx, journey: string, { perMs }: EntryCap, before: number, people: number): Promise<number> {
	const over = await tx.all<{ people: number }>(sql<{ people: number }>`delete from journey_entries where journey = ${journey} and at <= ${tx.nowMs - perMs} returning people`);
	await tx.run(sql`insert into journey_entries (journey, at, people) values (${journey}, ${tx.nowMs}, ${people})
		on conflict (journey, at) do update set people = journey_entries.people + excluded.people`);
	return over.reduce((left, row) => left - row.people, before + people);
}

function cappedReason(name: string, { people, perMs }: EntryCap): string {
	return `More than ${people} people entered "${name.slice(0, 100)}" within ${inWords(perMs)}, so it paused itself. They wait at the trigger and nobody in it is sent anything. Look whether they are the right ones, then let them go on with Journey Control: Resume, or end their runs with Journey Control: Exit.`;
}

const UNITS: ReadonlyArray<[ms: number, name: string]> = [[86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute'], [1_000, 'second']];

function inWords(ms: number): string {
	const [unitMs, name] = UNITS.find(([unit]) => ms >= unit && ms % unit === 0) ?? [1, 'millisecond'];
	const count = ms / unitMs;
	return count === 1 ? `a${name === 'hour' ? 'n' : ''} ${name}` : `${count} ${name}s`;
}
