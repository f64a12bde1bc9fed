import { sql, type RawBuilder } from 'kysely';

import { checkEventMatch, eventMatchSql, type StoredEvent } from '../events';
import { EngineError, hashId, valueAtPath, type JsonObject } from '../kernel';
import { settingsIn } from '../settings';
import type { Tx } from '../store';
import { exitEnrollments } from './end';
import { currencyOf, decimalOf } from './money';
import type { Half } from './other-half';
import type { JourneyConfig, TriggerGoal } from './types';
import { fromJsonColumn } from './watch';

/*
 * Goals that a Journey Trigger names: an event of the person after the entry and within the goal's window counts once for each run,
 * wherever the person stands, and also when the run has ended by then: a mail that was bought by two days later has worked. It is counted
 * in the transaction that stores the event, into the same table as Journey Goal's, so that figures and experiments see both.
 */

interface ListeningGoal {
	journey: string;
	workflow: string;
	/** The trigger. */
	step: string;
	goal: TriggerGoal;
}

const MOST_GOALS = 20;

/** Goals of any journey by events of these names. One statement, by an index. */
export async function goalsBy(tx: Tx, names: readonly string[]): Promise<ListeningGoal[]> {
	const rows = await tx.all(sql<Omit<ListeningGoal, 'goal'> & { config: TriggerGoal | string }>`select g.journey, j.workflow, j.step, g.config from journey_goal g join journey j on j.id = g.journey
		where ${tx.dialect.anyOf(sql`g.event`, names)} order by g.journey, g.name`);
	return rows.map(({ config, ...row }) => ({ ...row, goal: fromJsonColumn<TriggerGoal>(config) }));
}

/** Counts what these events reach and ends the runs that the goals are to end; the profiles are locked. A look a goal, and three statements where one is reached. */
export async function countGoals(tx: Tx, goals: readonly ListeningGoal[], round: readonly StoredEvent[]): Promise<void> {
	for (const listening of goals) {
		const given = round.filter(({ name }) => name === listening.goal.match.event).map(({ id }) => id);
		// SQLite keeps the order of cross joins; left to choose, it begins with everybody in the journey.
		if (given.length > 0) await countOne(tx, listening, sql`event ev cross join enrollment e`, tx.dialect.anyOf(sql`ev.id`, given));
	}
}

/**
 * The same for what the other half of a merged person did after this half's entry. Answers with the goals that were counted, which an
 * unmerge takes back, and the runs they ended. `halves` may name runs that have ended.
 */
export async function countGoalsOfOtherHalf(tx: Tx, halves: readonly Half[]): Promise<{ goals: string[]; ended: number[] }> {
	const found: { goals: string[]; ended: number[] } = { goals: [], ended: [] };
	if (halves.length === 0) return found;
	const goals = await tx.all(sql<Omit<ListeningGoal, 'goal'> & { config: TriggerGoal | string }>`select g.journey, j.workflow, j.step, g.config from journey_goal g join journey j on j.id = g.journey
		where g.journey in (select e.journey from enrollment e where ${tx.dialect.anyOf(sql`e.id`, halves.map(({ enrollment }) => enrollment))} and e.goals_until is not null) order by g.journey, g.name`);
	const bounds = tx.dialect.rows(halves, { enrollment: 'integer', after: 'integer', upTo: 'integer' }, 'h');
	for (const { config, ...row } of goals) {
		const foreign = sql<boolean>`ev.name = ${fromJsonColumn<TriggerGoal>(config).match.event} and ev.historical < 2 and ev.received_at >= e.entered_at
			and exists (select 1 from ${bounds} where h.enrollment = e.id and not (ev.event_no > h.after and ev.event_no <= h."upTo"))
			and ${tx.dialect.anyOf(sql`e.id`, halves.map(({ enrollment }) => enrollment))}`;
		const { goals: counted, ended } = await countOne(tx, { ...row, goal: fromJsonColumn<TriggerGoal>(config) }, sql`enrollment e cross join event ev`, foreign);
		found.goals.push(...counted);
		found.ended.push(...ended);
	}
	return found;
}

interface Hit {
	enrollment: number;
	profile: number;
	state: string;
	event: number;
	occurred_at: number;
	properties: JsonObject | string;
	counted: number | boolean;
}

/** `which` says which events `ev` are looked at, `from` in which order the two are joined; of several of one run the first counts. */
async function countOne(tx: Tx, { journey, workflow, step, goal }: ListeningGoal, from: RawBuilder<unknown>, which: RawBuilder<boolean>): Promise<{ goals: string[]; ended: number[] }> {
	const hits = await tx.all(sql<Hit>`select e.id as enrollment, e.profile, e.state, ev.id as event, ev.occurred_at, ev.properties,
			exists (select 1 from goal g where g.enrollment = e.id and g.name = ${goal.name}) as counted
		from ${from} where ${which} and e.profile = ev.profile and e.journey = ${journey} and e.goals_until >= ev.occurred_at and ev.occurred_at >= e.started_at and ev.occurred_at <= e.entered_at + cast(${goal.withinMs} as ${sql.raw(tx.dialect.types.real)}) * e.time_scale
		and (e.entry_event is null or e.entry_event <> ev.id) and (ev.enrollment is null or ev.enrollment = e.id) and ${eventMatchSql(tx.dialect, goal.match, 'ev')}
		order by ev.occurred_at, ev.id`);
	if (hits.length === 0) return { goals: [], ended: [] };
	const first = new Map<number, Hit>();
	for (const hit of hits) if (!first.has(hit.enrollment)) first.set(hit.enrollment, hit);
	const reached = await reachedBy(tx, goal, [...first.values()].filter(({ counted }) => !counted));
	if (reached.length > 0) {
		const given = tx.dialect.rows(reached, { id: 'text', enrollment: 'integer', profile: 'integer', value: 'text', currency: 'text', event: 'integer', at: 'integer' }, 'r');
		await tx.run(sql`insert into goal (id, enrollment, journey, workflow, step, profile, name, value, currency, reached_at, event)
			select r.id, r.enrollment, ${journey}, ${workflow}, ${step}, r.profile, ${goal.name}, r.value, r.currency, r.at, r.event from ${given} where true on conflict (id) do nothing`);
	}
	const leaving = goal.exit === true ? [...first.values()].filter(({ state }) => state === 'active').map(({ enrollment }) => enrollment).sort((a, b) => a - b) : [];
	await exitEnrollments(tx, leaving, goalReason(goal.name), null);
	return { goals: reached.map(({ id }) => id), ended: leaving };
}

/** End reason of a run that its goal has ended. */
function goalReason(name: string): string {
	return `goal: ${name}`;
}

async function reachedBy(tx: Tx, goal: TriggerGoal, hits: readonly Hit[]): Promise<Array<{ id: string; enrollment: number; profile: number; value: string | null; currency: string | null; event: number; at: number }>> {
	const read = hits.map((hit) => {
		const properties = fromJsonColumn<JsonObject>(hit.properties);
		return { hit, value: goal.valueProperty === undefined ? null : decimalOf(valueAtPath(properties, goal.valueProperty)), code: goal.currencyProperty === undefined ? null : currencyOf(valueAtPath(properties, goal.currencyProperty)) };
	});
	const own = read.some(({ value, code }) => value !== null && code === null) ? (await settingsIn(tx)).currency : null;
	return read.map(({ hit, value, code }) => ({
		id: hashId('trigger-goal', hit.enrollment, goal.name), enrollment: hit.enrollment, profile: hit.profile, event: hit.event, at: hit.occurred_at,
		value, currency: value === null ? null : (code ?? own),
	}));
}

/** A published trigger says what its goals are. Throws BAD_INPUT, RULE_INVALID. */
export async function saveGoals(tx: Tx, journey: string, { goals = [] }: Pick<JourneyConfig, 'goals'>): Promise<void> {
	if (goals.length > MOST_GOALS) throw new EngineError('BAD_INPUT', `A journey has at most ${MOST_GOALS} goals; this one has ${goals.length}. Remove some.`);
	const names = new Set<string>();
	for (const { name, match, withinMs } of goals) {
		if (name.trim() === '' || name !== name.trim()) throw new EngineError('BAD_INPUT', 'A goal of the journey has no name, or one with spaces around it. Give it a name, for example First Order.');
		if (names.has(name)) throw new EngineError('BAD_INPUT', `Two goals of the journey are called "${name}". Give each a name of its own: they are counted by it.`);
		names.add(name);
		checkEventMatch(match);
		if (!(Number.isFinite(withinMs) && withinMs > 0)) throw new EngineError('BAD_INPUT', `The goal "${name}" has no time above 0 within which it counts. Enter one, for example 7 days.`);
	}
	await tx.run(sql`delete from journey_goal where journey = ${journey}`);
	if (goals.length === 0) return;
	const rows = goals.map((goal) => ({ name: goal.name, event: goal.match.event, config: goal }));
	await tx.run(sql`insert into journey_goal (journey, name, event, config) select ${journey}, r.name, r.event, r.config from ${tx.dialect.rows(rows, { name: 'text', event: 'text', config: 'json' }, 'r')} where true
		on conflict (journey, name) do update set event = excluded.event, config = excluded.config`);
}

/** Events are taken back as if they had never come: what they counted for goes with them. What they ended stays ended. */
export async function forgetGoalsOf(tx: Tx, events: RawBuilder<unknown>): Promise<number> {
	return await tx.run(sql`delete from goal where (event, profile) in (${events})`);
}
