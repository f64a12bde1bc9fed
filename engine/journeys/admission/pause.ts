import { sql, type RawBuilder } from 'kysely';

import { EngineError } from '../../kernel';
import { auditIn } from '../../privacy';
import type { Reader, Store, Tx } from '../../store';
import { NEVER_MS } from '../trail';
import type { JourneyFilter } from '../types';

/*
 * A journey is running or paused (journey.paused_at). While it is paused nobody of it is handed out (claim.ts) or sent to (messages/guards.ts);
 * whoever enters waits at the trigger, what runs in n8n goes on to its next park, and exits, events and goals act as always.
 *
 * Who hands out or attempts shares the journey's row until the commit and whoever pauses takes it alone: when a pause is there, no claim that
 * was under way comes behind it with people in its hands, and nothing is attempted any more. On SQLite there is one writer anyway.
 */

const LONGEST_REASON = 500;
const LONGEST_WHO = 200;

interface JourneyRow {
	id: string;
	workflow: string;
	step: string;
}

/** Why a message waits at its step; the ledger's name of it. */
export const PAUSED_GUARD = 'journey pause';
export const PAUSED_REASON = 'the journey is paused';

/** Pauses within the caller's transaction. A journey that is paused already stays so since then; its reason says both. */
export async function pauseIn(tx: Tx, journeys: readonly JourneyRow[], reason: string, who: string): Promise<void> {
	const ids = journeys.map(({ id }) => id).sort();
	const given = reason.trim() === '' ? 'paused by hand' : reason.trim();
	const before = await tx.all<{ id: string; paused_reason: string | null }>(sql<{ id: string; paused_reason: string | null }>`select id, paused_reason from journey where ${tx.dialect.anyOf(sql`id`, ids)} order by id ${tx.dialect.forUpdate}`);
	const rows = before.map(({ id, paused_reason: earlier }) => ({ id, reason: (earlier === null || earlier.startsWith(given) ? (earlier ?? given) : `${given} It was already paused: ${earlier}`).slice(0, LONGEST_REASON) }));
	await tx.run(sql`update journey set paused_at = coalesce(journey.paused_at, ${tx.nowMs}), paused_reason = r.reason
		from ${tx.dialect.rows(rows, { id: 'text', reason: 'text' }, 'r')} where journey.id = r.id`);
	await auditIn(tx, journeys.map(({ workflow, step }) => ({ action: 'journey.pause', who, detail: { workflow, journeyStep: step, reason: given.slice(0, LONGEST_REASON) } })));
}

/** Throws NOT_FOUND when there is no such journey. */
export async function pause(store: Store, filter: JourneyFilter, reason: string, { by = 'api' }: { by?: string } = {}): Promise<{ paused: number }> {
	return await store.tx('pause-journey', async (tx) => {
		const journeys = await journeysOf(tx, filter);
		await pauseIn(tx, journeys, reason, by.slice(0, LONGEST_WHO));
		return { paused: journeys.length };
	});
}

/**
 * Lets paused journeys go on, with the pace of their entry rate or broadcast: the slots that were still to come when they were paused, or were given since,
 * move by the length of the pause, or else all of them would be due at once. The cap begins to count anew: whoever resumes has looked at the crowd
 * that is in, but the next one that is as large asks again. Throws NOT_FOUND when there is no such journey.
 */
export async function resume(store: Store, filter: JourneyFilter, { by = 'api' }: { by?: string } = {}): Promise<{ resumed: number }> {
	return await store.tx('resume-journey', async (tx) => {
		const { anyOf, forUpdate, jsonText } = tx.dialect;
		const ids = (await journeysOf(tx, filter)).map(({ id }) => id);
		// As those who enter do: the gate before the journey.
		await tx.all(sql`select journey from journey_gate where ${anyOf(sql`journey`, ids)} order by journey ${forUpdate}`);
		const paused = await tx.all<JourneyRow>(sql<JourneyRow>`select id, workflow, step from journey where ${anyOf(sql`id`, ids)} and paused_at is not null order by id ${forUpdate}`);
		if (paused.length === 0) return { resumed: 0 };
		const mine = anyOf(sql`j.id`, paused.map(({ id }) => id));
		const length = sql`(cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) - j.paused_at)`;
		// Only slots: whoever was handed out before and comes again, runs on a virtual clock, or entered since a rate was taken away has none, and would wait the pause twice.
		const ofEntryRate = sql`(exists (select 1 from journey_gate g where g.journey = j.id and g.slot_base is not null) and (token.parked_at < j.paused_at or ${jsonText(sql`j.config`, ['entryRate', 'people'])} is not null))`;
		// Whoever was enrolled by name has none of a broadcast's.
		const ofBroadcast = sql`(token.due_at > token.parked_at and ${jsonText(sql`j.config`, ['entry', 'ratePerMinute'])} is not null)`;
		await tx.run(sql`update token set due_at = token.due_at + ${length} from journey j
			where ${mine} and token.workflow = j.workflow and token.step = j.step and token.state = 'parked' and token.parent is null and token.due_at >= j.paused_at and token.due_at < ${NEVER_MS}
			and token.epoch = 0 and (${ofEntryRate} or ${ofBroadcast}) and exists (select 1 from enrollment e where e.id = token.enrollment and e.time_scale = 1)`);
		await tx.run(sql`update broadcast_run set free_at = broadcast_run.free_at + ${length} from journey j where ${mine} and broadcast_run.journey = j.id and broadcast_run.state = 'running' and broadcast_run.free_at >= j.paused_at`);
		await tx.run(sql`update journey_gate set slot_base = journey_gate.slot_base + ${length}, window_people = 0, capped_at = null from journey j where ${mine} and journey_gate.journey = j.id`);
		await tx.run(sql`delete from journey_entries where ${anyOf(sql`journey`, paused.map(({ id }) => id))}`);
		await tx.run(sql`update journey set paused_at = null, paused_reason = null where ${anyOf(sql`id`, paused.map(({ id }) => id))}`);
		await auditIn(tx, paused.map(({ workflow, step }) => ({ action: 'journey.resume', who: by.slice(0, LONGEST_WHO), detail: { workflow, journeyStep: step } })));
		for (const { step } of await tx.all<{ step: string }>(sql<{ step: string }>`select step from step where workflow = ${filter.workflow}`)) tx.wake(filter.workflow, step);
		return { resumed: paused.length };
	});
}

async function journeysOf(reader: Reader, { workflow, journeyStep }: JourneyFilter): Promise<JourneyRow[]> {
	const journeys = await reader.all<JourneyRow>(sql<JourneyRow>`select j.id, j.workflow, j.step from journey j where j.workflow = ${workflow}
		${journeyStep === undefined ? sql`` : sql`and (j.step = ${journeyStep} or j.step in (select s.step from step s where s.workflow = ${workflow} and s.name = ${journeyStep}))`} order by j.id`);
	if (journeys.length > 0) return journeys;
	throw new EngineError('NOT_FOUND', `There is no journey ${journeyStep === undefined ? '' : `that starts at "${journeyStep.slice(0, 100)}" `}in the workflow ${workflow.slice(0, 100)}. Choose a workflow with a published Journey Trigger.`);
}

/** The journeys of a step's workflow that run, and those that do not. `none`: whoever stands at this step waits. */
export interface Running {
	running: string[];
	paused: string[];
	none: boolean;
}

export async function runningAt(reader: Reader, { workflow, step }: { workflow: string; step: string }): Promise<Running> {
	const rows = await reader.all<{ id: string; step: string; paused_at: number | null }>(sql<{ id: string; step: string; paused_at: number | null }>`select id, step, paused_at from journey where workflow = ${workflow}`);
	const paused = rows.filter((row) => row.paused_at !== null).map(({ id }) => id);
	const running = rows.filter((row) => row.paused_at === null).map(({ id }) => id);
	if (paused.length === 0) return { running, paused, none: false };
	// At a trigger only its own journey's people stand.
	if (running.length === 0 || rows.some((row) => row.step === step && row.paused_at !== null)) return { running: [], paused, none: true };
	// A trigger that was replaced leaves its journey behind: without people it is no reason to read past those who wait.
	const peopled = await reader.all<{ id: string }>(sql<{ id: string }>`select j.id from journey j where ${reader.dialect.anyOf(sql`j.id`, running)} and exists (select 1 from enrollment e where e.journey = j.id and e.state = 'active')`);
	return { running: peopled.map(({ id }) => id), paused, none: peopled.length === 0 };
}

/** Whoever is not of a paused journey, as a condition that goes behind others. */
export function notPaused({ paused }: Running, reader: Reader, journey: RawBuilder<unknown>): RawBuilder<unknown> {
	return paused.length === 0 ? sql`` : sql`and not (${reader.dialect.anyOf(journey, paused)})`;
}

/** Keeps the journeys that run from being paused until the commit; one that was paused since they were read counts as such from here on. */
export async function keepRunning(tx: Tx, { running, paused, none }: Running): Promise<Running> {
	if (tx.dialect.name === 'sqlite') return { running, paused, none };
	const late = await sharePaused(tx, running);
	return { running: running.filter((id) => !late.has(id)), paused: [...paused, ...late], none: none || (running.length > 0 && late.size === running.length) };
}

/** Locks journeys against being paused until the commit; answers with those that are paused already. */
export async function sharePaused(tx: Tx, journeys: readonly string[]): Promise<Set<string>> {
	if (journeys.length === 0) return new Set();
	const rows = await tx.all<{ id: string; paused_at: number | null }>(sql<{ id: string; paused_at: number | null }>`select id, paused_at from journey where ${tx.dialect.anyOf(sql`id`, [...new Set(journeys)])} order by id ${tx.dialect.forShare}`);
	return new Set(rows.filter((row) => row.paused_at !== null).map(({ id }) => id));
}
