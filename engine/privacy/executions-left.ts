import { sql, type RawBuilder } from 'kysely';

import { iso } from '../kernel';
import type { Reader } from '../store';
import type { CallingExecution, ExecutionsLeft } from './types';

const DAY_MS = 86_400_000;
/** Ids that are named a workflow and kind; what is beyond is counted, and lies between `from` and `until`. */
const MOST_NAMED = 1_000;
/** How much later than its note an execution that n8n forgets when it succeeds may have called (note-execution.ts). */
const NOTED_LATE_MS = 60_000;

interface Found {
	workflow: string;
	execution: string;
	first_at: number;
	last_at: number;
	total: number;
}

interface Left {
	fromMs: number;
	untilMs: number;
	ids: string[];
	mayHold: string[];
	more: number;
	onlyFailed: boolean;
}

/**
 * Which executions of n8n may hold items of the person, a row a workflow: those that are known to, those that may (of more than a hundred people, or of
 * a journey while the person was in it), and, where n8n keeps only what failed, when that may have been. `days`: how far back notes are kept. `own`: the
 * execution that asks, which holds whatever identity it was given.
 */
export async function executionsLeft(reader: Reader, profile: number, days: number, own: CallingExecution | undefined): Promise<ExecutionsLeft[]> {
	const left = new Map<string, Left>();
	const at = (workflow: string, fromMs: number, untilMs: number): Left => {
		const known = left.get(workflow);
		const one = known ?? { fromMs, untilMs, ids: [], mayHold: [], more: 0, onlyFailed: false };
		one.fromMs = Math.min(one.fromMs, fromMs);
		one.untilMs = Math.max(one.untilMs, untilMs);
		left.set(workflow, one);
		return one;
	};
	for (const span of await spansOf(reader, profile)) at(span.workflow, span.from_at, span.until_at);
	for (const { workflow, execution, first_at, last_at, total } of await namedOf(reader, profile)) {
		const one = at(workflow, first_at, last_at);
		one.ids.push(execution);
		one.more = Math.max(0, Number(total) - MOST_NAMED);
	}
	const counted = new Map<string, number>();
	for (const { workflow, execution, first_at, last_at, total } of [...(await crowdsOf(reader, profile)), ...(await legsOf(reader, profile))]) {
		const one = at(workflow, first_at, last_at);
		if (!one.ids.includes(execution) && !one.mayHold.includes(execution)) one.mayHold.push(execution);
		counted.set(workflow, Math.max(counted.get(workflow) ?? 0, Number(total) - MOST_NAMED));
	}
	for (const [workflow, beyond] of counted) if (beyond > 0) at(workflow, Infinity, -Infinity).more += beyond;
	for (const { workflow, first_at, last_at } of await forgottenOf(reader)) at(workflow, Math.max(first_at, reader.nowMs - days * DAY_MS), last_at + NOTED_LATE_MS).onlyFailed = true;
	if (own !== undefined) {
		const one = at(own.workflow, reader.nowMs, reader.nowMs);
		if (!one.ids.includes(own.execution)) one.ids.push(own.execution);
	}
	return [...left].sort(([a], [b]) => (a < b ? -1 : 1)).map(([workflow, { fromMs, untilMs, ...rest }]) => ({ workflow, from: iso(fromMs), until: iso(Math.min(untilMs, reader.nowMs)), ...rest }));
}

/** When the person was in journeys of a workflow or was sent a message by it. */
async function spansOf(reader: Reader, profile: number): Promise<Array<{ workflow: string; from_at: number; until_at: number }>> {
	return await reader.all(sql<{ workflow: string; from_at: number; until_at: number }>`select workflow, min(from_at) as from_at, max(until_at) as until_at from (${spansSql(reader, profile)}) as span where workflow <> '' group by workflow`);
}

function spansSql(reader: Reader, profile: number): RawBuilder<unknown> {
	return sql`select workflow, entered_at as from_at, coalesce(ended_at, cast(${reader.nowMs} as ${sql.raw(reader.dialect.types.int)})) as until_at from enrollment where profile = ${profile}
		union all
		select workflow, reserved_at as from_at, coalesce(ended_at, attempted_at, reserved_at) as until_at from message where profile = ${profile}`;
}

async function namedOf(reader: Reader, profile: number): Promise<Found[]> {
	return await newest(reader, sql`select e.id, e.workflow, e.execution, e.first_at, e.last_at from execution_person p join execution e on e.id = p.execution where p.profile = ${profile}`);
}

/** Since the person was known; of one made of several nobody can say since when. */
async function crowdsOf(reader: Reader, profile: number): Promise<Found[]> {
	return await newest(reader, sql`select e.id, e.workflow, e.execution, e.first_at, e.last_at from execution e where e.many = 1 and e.execution <> ''
		and e.last_at >= (select case when exists (select 1 from profile_alias a where a.profile = p.id) then 0 else p.created_at end from profile p where p.id = ${profile})`);
}

/** One execution carries many people at once, so each of the workflow's from when the person was in it may have carried them. */
async function legsOf(reader: Reader, profile: number): Promise<Found[]> {
	return await newest(reader, sql`select e.id, e.workflow, e.execution, e.first_at, e.last_at from execution e
		where e.carries = 1 and exists (select 1 from (${spansSql(reader, profile)}) as span where span.workflow = e.workflow and e.last_at >= span.from_at and e.first_at <= span.until_at)`);
}

async function newest(reader: Reader, found: RawBuilder<unknown>): Promise<Found[]> {
	return await reader.all(sql<Found>`select workflow, execution, first_at, last_at, total from (
			select f.*, row_number() over (partition by workflow order by id desc) as place, count(*) over (partition by workflow) as total from (${found}) as f
		) as placed where place <= ${sql.lit(MOST_NAMED)} order by workflow, place`);
}

async function forgottenOf(reader: Reader): Promise<Array<{ workflow: string; first_at: number; last_at: number }>> {
	return await reader.all(sql<{ workflow: string; first_at: number; last_at: number }>`select workflow, first_at, last_at from execution where many = 1 and execution = ''`);
}
