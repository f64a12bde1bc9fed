import { sql, type RawBuilder } from 'kysely';

import { EngineError } from '../../kernel';
import { auditIn } from '../../privacy';
import type { Reader, Store, Tx } from '../../store';
import type { JourneyFilter } from '../types';

/*
 * A journey is running or paused (journey.paused_at). While it is paused nobody of it is handed out (claim.ts) or sent to (messages/guards.ts);
 * whoever enters waits at the trigger, what runs in n8n goes on to its next park, and exits, events and goals act as always.
 *
 * Who hands out or attempts shares the journey's row until the commit and whoever pauses takes it alone: when a pause is there, no claim that
 * was under way comes behind it with people in its hands, and nothing is attempted any more. On SQLite there is one writer anyway.
 */

const LONGEST_REASON = 500;
export const LONGEST_WHO = 200;

/** While a long queue is moved by the length of its pause (resume.ts). */
export const RESUMING = 'is being resumed: the people at its trigger get their new times';

export interface JourneyRow {
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
	const rows = before.map(({ id, paused_reason: earlier }) => ({ id, reason: (earlier === null || earlier === RESUMING ? given : earlier.startsWith(given) ? earlier : `${given} It was already paused: ${earlier}`).slice(0, LONGEST_REASON) }));
	await tx.run(sql`update journey set paused_at = coalesce(journey.paused_at, ${tx.nowMs}), paused_reason = r.reason
		from ${tx.dialect.rows(rows, { id: 'text', reason: 'text' }, 'r')} where journey.id = r.id`);
	await tx.run(sql`update journey_shift set resumes = 0 where ${tx.dialect.anyOf(sql`journey`, ids)}`);
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

export async function journeysOf(reader: Reader, { workflow, journeyStep }: JourneyFilter): Promise<JourneyRow[]> {
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
	return { running, paused, none: false };
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
