import { sql } from 'kysely';

import { iso } from '../kernel';
import { fromJsonColumn, journeyId, leaderBeatSql, nameSteps, NEVER_MS, readWay, runningLegs, STAYED, UNSERVED_AFTER_MS, type PassedStep } from '../journeys';
import { choicesOf } from '../messages';
import type { Reader } from '../store';
import { awaited, type Awaiting } from './awaited';
import { ENROLLED, entryInWords } from './entry-words';
import { outcomeInWords } from './words';
import type { ExplainedPlace, ExplainedRun, ExplainedStep } from './types';
import type { JourneyConfig } from '../journeys/types';

const MOST_RUNS = 5;

interface RunRow {
	id: number;
	profile: number;
	time_scale: number;
	journey: string;
	workflow: string;
	state: string;
	entered_at: number;
	ended_at: number | null;
	end_reason: string | null;
	end_name: string | null;
	moved_at: number | null;
	way: string | null;
	entry_event: string | null;
	enrolled: number;
	holdout: number;
	config: JourneyConfig | string;
}

interface PlaceRow extends Awaiting {
	enrollment: number;
	step: string;
	name: string | null;
	state: string;
	parked_at: number;
	due_at: number;
	reason: string | null;
	unserved: number;
}

/** A run with whose it is, and by which clock: real milliseconds for one of the journey's. */
export interface Run extends ExplainedRun {
	profile: number;
	timeScale: number;
}

/** The person's runs through a journey, newest first, at most five. A constant number of statements. */
export async function readRuns(reader: Reader, journey: { workflow: string; step: string }, profile: number): Promise<ExplainedRun[]> {
	const runs = await readRunsOf(reader, journey, [profile], MOST_RUNS);
	return runs.map(({ profile: _profile, timeScale: _timeScale, ...run }) => run);
}

/** Of several people together. */
export async function readRunsOf(reader: Reader, journey: { workflow: string; step: string }, profiles: readonly number[], limit: number): Promise<Run[]> {
	const rows = await reader.all<RunRow>(sql<RunRow>`select e.id, e.profile, e.time_scale, e.journey, e.workflow, e.state, e.entered_at, e.ended_at, e.end_reason, s.name as end_name, e.moved_at, e.way, ev.name as entry_event, e.holdout,
			case when ${reader.dialect.jsonText(sql`e.entered_by`, ['name'])} = 'Enrolled' or exists (select 1 from enroll_request q where q.profile = e.profile and q.journey = e.journey and q.enrollment = e.id) then 1 else 0 end as enrolled, j.config
		from enrollment e join journey j on j.id = e.journey left join event ev on ev.id = e.entry_event left join step s on s.workflow = e.workflow and s.step = e.end_step
		where ${reader.dialect.anyOf(sql`e.profile`, profiles)} and e.journey = ${journeyId(journey)} order by e.entered_at desc, e.id desc limit ${limit}`);
	const ids = rows.map(({ id }) => id);
	const [places, goals, running, named] = [await readPlaces(reader, ids), await readGoals(reader, ids), await runningLegs(reader, ids), await nameSteps(reader, [journey.workflow])];
	const choices = await choicesOf(reader, ids);
	return rows.map((row) => ({
		profile: row.profile, timeScale: Number(row.time_scale), enrollment: row.id, state: row.state, enteredAt: iso(row.entered_at), enteredBy: Number(row.enrolled) === 1 ? ENROLLED : entryInWords(fromJsonColumn<JourneyConfig>(row.config).entry, row.entry_event), heldOut: Number(row.holdout) === 1,
		endedAt: iso(row.ended_at), endReason: row.end_reason, endStep: row.end_name, movedAt: iso(row.moved_at),
		way: named(row.workflow, [...readWay(row.way), ...(running.get(row.id) ?? [])]).flatMap(stepInWords),
		places: places.filter(({ enrollment }) => enrollment === row.id).map((place) => placeOf(place, reader.nowMs)),
		goals: goals.filter(({ enrollment }) => enrollment === row.id).map(({ name, value, currency, reached_at }) => ({ name, value, currency, at: iso(reached_at) })),
		channels: choices.filter(({ enrollment }) => enrollment === row.id).map(({ step, channel, outcome, passed }) => ({ step, channel, outcome: outcome ?? ('tried' as const), passed })),
	}));
}

/** Entries that were refused, newest first. */
export async function readRefusals(reader: Reader, journey: { workflow: string; step: string }, profile: number): Promise<Array<{ at: string; reason: string }>> {
	const rows = await reader.all<{ reason: string; refused_at: number }>(sql<{ reason: string; refused_at: number }>`select reason, refused_at from refusal
		where profile = ${profile} and journey = ${journeyId(journey)} order by refused_at desc limit ${MOST_RUNS}`);
	return rows.map(({ reason, refused_at }) => ({ at: iso(refused_at), reason }));
}

async function readPlaces(reader: Reader, enrollments: readonly number[]): Promise<PlaceRow[]> {
	return await reader.all<PlaceRow>(sql<PlaceRow>`select t.enrollment, s.step, s.name, t.state, t.parked_at, t.due_at, t.reason, t.watch_name, w.rule, t.awaits, a.rule as awaited, sg.name as awaited_segment, ms.name as awaited_sender,
			case when t.state = 'parked' and ${leaderBeatSql} - coalesce(s.beat_at, 0) > ${UNSERVED_AFTER_MS} then 1 else 0 end as unserved
		from token t join step s on s.place = t.place left join watch w on w.id = t.watch left join watch a on a.id = t.awaits_rule
			left join segment sg on t.awaits = 'segment' and sg.kind <> 'gone' and cast(sg.id as text) = t.awaits_key
			left join message m on t.awaits = 'message' and m.id = t.awaits_key left join step ms on ms.workflow = m.workflow and ms.step = m.step
		where ${reader.dialect.anyOf(sql`t.enrollment`, enrollments)} order by t.parked_at, t.id`);
}

interface GoalRow {
	enrollment: number;
	name: string;
	value: string | null;
	currency: string | null;
	reached_at: number;
}

async function readGoals(reader: Reader, enrollments: readonly number[]): Promise<GoalRow[]> {
	return await reader.all<GoalRow>(sql<GoalRow>`select enrollment, name, value, currency, reached_at from goal where ${reader.dialect.anyOf(sql`enrollment`, enrollments)} order by reached_at, id`);
}

function placeOf(row: PlaceRow, nowMs: number): ExplainedPlace {
	return {
		stepId: row.step, step: row.name ?? row.step, since: iso(row.parked_at), until: row.due_at >= NEVER_MS || row.state !== 'parked' ? null : iso(row.due_at), reason: row.reason,
		state: row.state === 'parked' ? (Number(row.unserved) === 1 ? 'stranded' : row.due_at > nowMs ? 'waiting' : 'due') : row.state === 'claimed' ? 'running' : row.state === 'away' ? 'away' : 'held',
		awaits: row.state === 'parked' ? awaited(row) : null,
	};
}

/** Coming to wait is told by where somebody stands, and by what came of the wait when it is over. */
function stepInWords({ name, type, outcome, atMs }: PassedStep): ExplainedStep[] {
	return outcome === STAYED ? [] : [{ step: name, type, outcome: outcomeInWords(type, outcome), at: iso(atMs) }];
}
