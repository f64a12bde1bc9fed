import { sql, type RawBuilder } from 'kysely';

import { isEngineError } from '../../kernel';
import { lockProfiles } from '../../profiles';
import type { Segments } from '../../segments';
import type { Store, Tx } from '../../store';
import { refuse, type Refused } from '../admission/refuse';
import { noteProblem } from '../step';
import { rootTokenId } from '../trail';
import { UNBOUNDED, type Run } from './broadcast';
import { enterWith, type EntryData } from './enter-with';
import { journeysWhere, startsBy, type ListeningBy } from './listening';
import { sameClock } from './schedule-times';
import { TOO_LATE_MS } from './too-late';
import { fromJsonColumn } from '../watch';
import { whereaboutsOf } from '../whereabouts';

export type Asking = Pick<Segments, 'evaluateIn'>;

const SLICE = 500;
const MINUTE_MS = 60_000;
/** Two profiles that became one in the middle of a run; no refusal of theirs. */
const BY_THIS = 'had entered by this broadcast already';

const COLUMNS = sql.raw('journey, occurs_at, next_id, last_id, entered, free_at, started_at, meant, refused');

/**
 * One slice of a run: people in the order of their ids, the mark moved in the same transaction, under the run's lock: exactly once, whoever
 * works at it and wherever it died. The rule is asked of each when it comes to them. Locks profiles, then the run.
 */
export async function sliceOfRun(store: Store, segments: Asking, key: Pick<Run, 'journey' | 'occurs_at'>, settingsZone: (tx: Tx) => Promise<string>): Promise<void> {
	await store.tx('broadcast-slice', async (tx) => {
		const run = await readRun(tx, key, sql``);
		if (run === undefined || run.last_id === UNBOUNDED) return;
		const ids = (await tx.all(sql<{ id: number }>`select id from profile where id >= ${run.next_id} and id <= ${run.last_id} order by id limit ${sql.lit(SLICE)}`)).map(({ id }) => id);
		await lockProfiles(tx, ids);
		const still = await readRun(tx, key, tx.dialect.forUpdate);
		if (still?.next_id !== run.next_id) return;
		const [journey] = await journeysWhere(tx, sql`j.id = ${run.journey}`);
		if (journey === undefined || !startsBy(journey, 'schedule')) return await endRun(tx, run);
		const last = ids.at(-1);
		if (last === undefined) return await endPlanned(tx, still);
		const { localTime, people } = journey.config.entry;
		const inside = await askedBy(() => segments.evaluateIn(tx, people, ids));
		// The mark stays where it is: the run goes on when what the rule asks for is there again.
		if (typeof inside === 'string') return await noteProblem(tx, journey, inside);
		if (run.next_id === 1) await noteProblem(tx, journey, null);
		const done = localTime ? await giveTurns(tx, journey, still, inside, await settingsZone(tx)) : await letIn(tx, journey, meaning(still, inside.length), inside);
		await saveRun(tx, { ...done, next_id: last + 1 });
	});
}

/** Whom the rule holds for; a text: what it asks for was deleted. Nothing was written or asked of the database by then. */
export async function askedBy(ask: () => Promise<number[]>): Promise<number[] | string> {
	try {
		return await ask();
	} catch (error) {
		if (isEngineError(error) && (error.code === 'NOT_FOUND' || error.code === 'RULE_INVALID')) return error.message;
		throw error;
	}
}

export async function readRun(tx: Tx, { journey, occurs_at }: Pick<Run, 'journey' | 'occurs_at'>, lock: RawBuilder<unknown>): Promise<Run | undefined> {
	return await tx.first(sql<Run>`select ${COLUMNS} from broadcast_run where journey = ${journey} and occurs_at = ${occurs_at} and state = 'running' ${lock}`);
}

/** Each person when their clocks show the time: kept for then, and asked again then. */
async function giveTurns(tx: Tx, journey: ListeningBy<'schedule'>, run: Run, inside: readonly number[], settingsZone: string): Promise<Run> {
	const turns = await turnsOf(tx, journey, run, inside, settingsZone);
	const late = turns.filter(({ due }) => tx.nowMs - due >= TOO_LATE_MS);
	const refused = late.map(({ profile }) => ({ profile, reason: 'the time was more than a day ago where they are' }));
	await refuse(tx, journey, refused);
	const counted = refusing(meaning(run, inside.length), refused);
	const kept = turns.filter((turn) => !late.includes(turn));
	if (kept.length === 0) return counted;
	await tx.run(sql`insert into broadcast_person (journey, occurs_at, profile, due_at) select ${run.journey}, cast(${run.occurs_at} as ${sql.raw(tx.dialect.types.int)}), r.profile, r.due
		from ${tx.dialect.rows(kept, { profile: 'integer', due: 'integer' }, 'r')} where true on conflict (journey, occurs_at, profile) do nothing`);
	return counted;
}

/** The rule holds for so many more. */
export function meaning(run: Run, people: number): Run {
	return { ...run, meant: run.meant === null ? null : run.meant + people };
}

/** Counts who is kept out, by reason. */
export function refusing(run: Run, refused: ReadonlyArray<Pick<Refused, 'reason'>>): Run {
	const counts = run.refused === null ? {} : { ...fromJsonColumn<Record<string, number>>(run.refused) };
	for (const { reason } of refused) counts[reason] = (counts[reason] ?? 0) + 1;
	return { ...run, refused: counts };
}

/** How far it has come, and what became of the people. The run is locked. */
export async function saveRun(tx: Tx, { journey, occurs_at, next_id, entered, free_at, meant, refused }: Run): Promise<void> {
	await tx.run(sql`update broadcast_run set next_id = ${next_id}, entered = ${entered}, free_at = ${free_at}, meant = ${meant}, refused = ${refused === null ? null : tx.dialect.json(fromJsonColumn<Record<string, number>>(refused))}
		where journey = ${journey} and occurs_at = ${occurs_at}`);
}

/** When these people's own clocks show the time of the run. */
export async function turnsOf(tx: Tx, journey: ListeningBy<'schedule'>, run: Run, people: readonly number[], settingsZone: string): Promise<Array<{ profile: number; due: number }>> {
	const zone = journey.config.entry.zone ?? settingsZone;
	const where = await whereaboutsOf(tx, tx.dialect.anyOf(sql.ref('p.id'), people), settingsZone);
	return [...where].map(([profile, person]) => ({ profile, due: sameClock(run.occurs_at, zone, person.zone) }));
}

/**
 * Lets people in, who are locked, one after the other where there is a rate: they are in the journey at once and stand at its trigger until it is
 * their turn, so that exits act on them. Whoever was let in by this run already, also as another half of theirs, is not again.
 */
export async function letIn(tx: Tx, journey: ListeningBy<'schedule'>, run: Run, inside: readonly number[]): Promise<Run> {
	// By people's own clocks a daily one begins before the one of yesterday has come to everybody.
	const at = new Date(run.occurs_at).toISOString();
	const had = inside.length === 0 ? [] : await tx.all(sql<{ profile: number }>`select distinct profile from enrollment
		where ${tx.dialect.anyOf(sql.ref('profile'), inside)} and journey = ${journey.id} and entered_at >= ${run.started_at} and ${tx.dialect.jsonText(sql.ref('entered_by'), ['properties', 'at'])} = ${at}`);
	const already = new Set(had.map(({ profile }) => profile));
	const data: EntryData = { name: 'Broadcast', properties: { at }, kept: true };
	const refused: Refused[] = [...already].map((profile) => ({ profile, reason: BY_THIS }));
	const entered = await enterWith(tx, journey, inside.filter((profile) => !already.has(profile)).map((profile) => ({ profile, data })), 'schedule', refused);
	const { ratePerMinute } = journey.config.entry;
	const counted = refusing({ ...run, entered: run.entered + entered.size }, refused);
	if (ratePerMinute === undefined || entered.size === 0) return counted;
	const gapMs = MINUTE_MS / ratePerMinute;
	const from = Math.max(run.free_at, tx.nowMs);
	const slots = [...entered.values()].sort((a, b) => a - b).map((enrollment, n) => ({ id: rootTokenId(enrollment), due: Math.ceil(from + n * gapMs) }));
	await tx.run(sql`update token set due_at = r.due from ${tx.dialect.rows(slots, { id: 'text', due: 'integer' }, 'r')} where token.id = r.id and token.due_at < r.due`);
	return { ...counted, free_at: Math.ceil(from + slots.length * gapMs) };
}

/** Everybody has been looked at; whose hour is later may wait still. */
async function endPlanned(tx: Tx, run: Run): Promise<void> {
	await tx.run(sql`update broadcast_run set next_id = ${run.last_id + 1} where journey = ${run.journey} and occurs_at = ${run.occurs_at}`);
	const waiting = await tx.first(sql`select 1 as one from broadcast_person where journey = ${run.journey} and occurs_at = ${run.occurs_at} limit 1`);
	if (waiting === undefined) await endRun(tx, run);
}

async function endRun(tx: Tx, { journey, occurs_at }: Run): Promise<void> {
	await tx.run(sql`update broadcast_run set state = 'done', ended_at = ${tx.nowMs} where journey = ${journey} and occurs_at = ${occurs_at} and state = 'running'`);
}
