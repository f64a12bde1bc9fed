import { sql } from 'kysely';

import { EngineError, type JsonObject } from '../../kernel';
import type { Store, Tx } from '../../store';
import { placeOf } from '../place';
import { NEVER_MS } from '../trail';
import { allowNew, openVisits, remember, type Visit } from '../visit';
import { fromJsonColumn } from '../watch';
import { meetingTokenId, meetingTrail, mergeRounds, roundsOf, type Rounds } from './meeting';
import { noteNeeded } from './recheck';
import type { JoinRequest, JoinResult } from './types';

/** A list of paths is kept with each meeting. */
const LONGEST_PATH = 200;

/*
 * Journey Join (PROTOCOL 25). States of a meeting: (none) -> open -> met | timed out; it stays until its enrollment ends.
 * The first path that arrives begins it and inserts the meeting's token, which waits at the join: the only one that will ever go on from it,
 * since its id is made of enrollment, step and round. Those who arrive end there with their legs; the last one that is needed makes the
 * token due. Time-out and arrival at the same moment: whoever has the token's row first decides, as for an awaited event (PROTOCOL 16).
 *
 * Two arrivals of one enrollment wait for each other at its row (PROTOCOL 3), so one of them sees the other. A replay finds its memo.
 */

interface Arrival {
	visit: Visit;
	rounds: Rounds;
	round: number;
	token: string;
}

interface Meeting {
	enrollment: number;
	round: number;
	needed: number;
	arrived: string[];
	/** Of the meeting's token, while it waits; null: the meeting is over. */
	rounds: Rounds | null;
	changed: boolean;
}

/** The leg of everybody here ends: who goes on does so from the meeting's own token. Throws BAD_INPUT. */
export async function join(store: Store, request: JoinRequest): Promise<JoinResult[]> {
	const { step, items, path, needed, timeoutMs } = request;
	if (!Number.isInteger(needed) || needed < 1) throw new EngineError('BAD_INPUT', `"${step.name}" needs a whole number of paths to wait for, 1 or more.`);
	if (!(timeoutMs >= 0)) throw new EngineError('BAD_INPUT', `"${step.name}" needs a longest time to wait, not ${String(timeoutMs)} milliseconds.`);
	if (path === '' || path.length > LONGEST_PATH) throw new EngineError('BAD_INPUT', `"${step.name}" cannot tell by which line its people came.`);
	return await store.tx('join', async (tx) => {
		const visits = await openVisits(tx, step, items, () => path);
		const fresh = await allowNew(tx, step, visits);
		await noteNeeded(tx, step, needed);
		const taken = await arrive(tx, request, fresh);
		await remember(tx, step, fresh.map((visit) => {
			const outcome = taken.has(visit) ? 'arrived' : 'late';
			return { visit, kind: 'join', value: { outcome }, output: outcome };
		}));
		const outcomes = new Map<number, JoinResult['outcome']>();
		for (const { item, memo } of visits) if (memo !== null) outcomes.set(item.index, memo.value.outcome === 'late' ? 'late' : 'arrived');
		for (const visit of fresh) outcomes.set(visit.item.index, taken.has(visit) ? 'arrived' : 'late');
		return items.map(({ index }) => ({ index, outcome: outcomes.get(index) ?? 'gone' }));
	});
}

/** Answers with those who took part; the others have come too late. */
async function arrive(tx: Tx, request: JoinRequest, fresh: readonly Visit[]): Promise<Set<Visit>> {
	if (fresh.length === 0) return new Set();
	const { step, path, needed } = request;
	const arrivals = await arrivalsOf(tx, step.step, fresh);
	const meetings = await openMeetings(tx, request, arrivals);
	const taken = new Set<Visit>();
	for (const { visit, rounds, token } of arrivals) {
		const meeting = meetings.get(token);
		if (meeting === undefined || meeting.rounds === null) continue;
		taken.add(visit);
		meeting.needed = Math.min(meeting.needed, needed);
		// Two legs of one path, after a fork within it: the second changes nothing but what the way has been through.
		if (!meeting.arrived.includes(path)) meeting.arrived.push(path);
		meeting.rounds = mergeRounds(meeting.rounds, rounds, { [step.step]: meeting.round + 1 });
		meeting.changed = true;
	}
	await record(tx, step, [...meetings].filter(([, meeting]) => meeting.changed));
	return taken;
}

async function arrivalsOf(tx: Tx, step: string, fresh: readonly Visit[]): Promise<Arrival[]> {
	const rows = await tx.all<{ id: string; rounds: JsonObject | string | null }>(sql<{ id: string; rounds: JsonObject | string | null }>`select id, rounds from token
		where ${tx.dialect.anyOf(sql`id`, [...new Set(fresh.map(({ token }) => token.id))])}`);
	const roundsById = new Map(rows.map((row) => [row.id, roundsOf(row.rounds)]));
	return fresh.map((visit) => {
		const rounds = roundsById.get(visit.token.id) ?? {};
		const round = rounds[step] ?? 0;
		return { visit, rounds, round, token: meetingTokenId(visit.token.enrollment, step, round) };
	});
}

interface MeetingRow {
	enrollment: number;
	round: number;
	needed: number;
	arrived: string[] | string;
}

/** The meetings that these arrivals belong to, by their token, begun where this is the first; locked with their tokens. */
async function openMeetings(tx: Tx, { step, needed, timeoutMs, ahead }: JoinRequest, arrivals: readonly Arrival[]): Promise<Map<string, Meeting>> {
	const first = new Map(arrivals.map((arrival) => [arrival.token, arrival]));
	const rows = [...first.values()].map(({ visit, round, token }) => ({
		token, enrollment: visit.token.enrollment, round, parent: visit.token.id, trail: meetingTrail(step.step, round),
		due_at: Math.min(NEVER_MS, Math.round(tx.nowMs + timeoutMs * visit.token.timeScale)),
	}));
	const given = () => tx.dialect.rows(rows, { token: 'text', enrollment: 'integer', round: 'integer', parent: 'text', trail: 'text', due_at: 'integer' }, 'r');
	const begun = await tx.all<{ enrollment: number; round: number }>(sql<{ enrollment: number; round: number }>`insert into meeting (enrollment, step, round, workflow, needed, arrived, ahead)
		select r.enrollment, ${step.step}, r.round, ${step.workflow}, ${needed}, ${tx.dialect.json([])}, ${tx.dialect.json(ahead)} from ${given()} where true on conflict do nothing returning enrollment, round`);
	const isNew = new Set(begun.map(({ enrollment, round }) => `${enrollment} ${round}`));
	await insertMeetingTokens(tx, step, rows.filter(({ enrollment, round }) => isNew.has(`${enrollment} ${round}`)));

	const waiting = await tx.all<{ id: string; rounds: JsonObject | string | null }>(sql<{ id: string; rounds: JsonObject | string | null }>`select id, rounds from token
		where ${tx.dialect.anyOf(sql`id`, rows.map(({ token }) => token))} and ${tx.dialect.unsearched(sql`place`)} = ${placeOf(step)} and state = 'parked' and outcome is null order by id ${tx.dialect.forUpdate}`);
	const roundsById = new Map(waiting.map((row) => [row.id, roundsOf(row.rounds)]));
	const meetings = await tx.all<MeetingRow>(sql<MeetingRow>`select m.enrollment, m.round, m.needed, m.arrived from ${given()} join meeting m on m.enrollment = r.enrollment and m.step = ${step.step} and m.round = r.round`);
	return new Map(meetings.map(({ enrollment, round, needed: before, arrived }) => {
		const token = meetingTokenId(enrollment, step.step, round);
		return [token, { enrollment, round, needed: before, arrived: fromJsonColumn(arrived), rounds: roundsById.get(token) ?? null, changed: false }];
	}));
}

type NewToken = { token: string; enrollment: number; round: number; parent: string; trail: string; due_at: number };

/** PROTOCOL 1, 2: as insertChildren, but the id is the meeting's, not the parent's. */
async function insertMeetingTokens(tx: Tx, step: JoinRequest['step'], rows: readonly NewToken[]): Promise<void> {
	if (rows.length === 0) return;
	const given = tx.dialect.rows(rows, { token: 'text', enrollment: 'integer', round: 'integer', parent: 'text', trail: 'text', due_at: 'integer' }, 'r');
	const inserted = await tx.all<{ enrollment: number }>(sql<{ enrollment: number }>`
		insert into token (id, enrollment, profile, journey, place, parent, hop, trail, state, due_at, parked_at, watch_from, join_round)
		select r.token, p.enrollment, p.profile, p.journey, ${placeOf(step)}, p.id, p.hop + 1, r.trail, 'parked', r.due_at, ${tx.nowMs}, p.since_no, r.round
		from ${given} join token p on p.id = r.parent where true on conflict (id) do nothing returning enrollment`);
	const added = new Map<number, number>();
	for (const { enrollment } of inserted) added.set(enrollment, (added.get(enrollment) ?? 0) + 1);
	await tx.run(sql`update enrollment set open_tokens = open_tokens + a.people
		from ${tx.dialect.rows([...added].map(([enrollment, people]) => ({ enrollment, people })), { enrollment: 'integer', people: 'integer' }, 'a')} where enrollment.id = a.enrollment`);
}

/** What has been learnt of meetings whose tokens are locked and wait; those that are complete become due. */
async function record(tx: Tx, step: JoinRequest['step'], meetings: ReadonlyArray<[string, Meeting]>): Promise<void> {
	if (meetings.length === 0) return;
	const rows = meetings.map(([token, { enrollment, round, needed, arrived, rounds }]) => ({ token, enrollment, round, needed, arrived, rounds, met: arrived.length >= needed ? 1 : 0 }));
	const given = () => tx.dialect.rows(rows, { token: 'text', enrollment: 'integer', round: 'integer', needed: 'integer', arrived: 'json', rounds: 'json', met: 'integer' }, 'r');
	await tx.run(sql`update meeting set needed = r.needed, arrived = r.arrived from ${given()} where meeting.enrollment = r.enrollment and meeting.step = ${step.step} and meeting.round = r.round`);
	await tx.run(sql`update token set rounds = r.rounds, outcome = case when r.met = 1 then 'due' else outcome end, due_at = case when r.met = 1 then ${tx.nowMs} else due_at end
		from ${given()} where token.id = r.token`);
	if (rows.some(({ met }) => met === 1)) tx.wake(step.workflow, step.step);
}
