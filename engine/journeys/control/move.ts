import { sql } from 'kysely';

import { takeBackCoupons } from '../../coupons';
import { EngineError } from '../../kernel';
import { lockProfiles, type AuditWriter } from '../../profiles';
import type { Store, Tx } from '../../store';
import { deleteTokens, lockEnrollments } from '../end';
import { journeyId, leaderBeatSql, UNSERVED_AFTER_MS } from '../serve';
import { placeOf, stepsAt } from '../place';
import { childTokenId } from '../trail';
import { NOBODY_STANDS_AT } from '../types';
import type { MoveReport, MoveRequest } from '../types';
import { countPassages } from '../visit';
import { reachSql } from './reach';

/*
 * PROTOCOL 1: a token never moves. Moving people by hand is to insert a child at the other step and to delete the token where they stood,
 * in one transaction: they are at one of the two places after every crash, and open_tokens stays as it is. The child is a new token with
 * no memos: nothing of the replay rules holds it to the old way. So what a step sent in this run before the move is not sent again by it
 * (enrollment.moved_at, asked by messages' reserve), however the canvas leads there.
 */

const SLICE = 500;
const MOST_REFUSALS = 1000;

interface Standing {
	id: string;
	enrollment: number;
	profile: number;
	journey: string;
	place: string;
	trail: string;
	state: string;
	message: string | null;
}

/** Throws NOT_FOUND for a step, BAD_INPUT for one where nobody can stand or that nobody serves. */
export async function move({ store, audit }: { store: Store; audit?: AuditWriter | undefined }, request: MoveRequest): Promise<MoveReport> {
	const report: MoveReport = { moved: 0, refused: [] };
	for (let after = ''; ;) {
		const slice = await store.tx('move-people', async (tx) => {
			const done = await moveSlice(tx, request, after);
			if (done.moved > 0) await audit?.(tx, [{ action: 'journey.move', who: request.source ?? 'api', count: done.moved, detail: { workflow: request.workflow, to: request.to } }]);
			return done;
		});
		report.moved += slice.moved;
		report.refused.push(...slice.refused.slice(0, MOST_REFUSALS - report.refused.length));
		if (slice.last === null) return report;
		after = slice.last;
	}
}

async function moveSlice(tx: Tx, request: MoveRequest, after: string): Promise<MoveReport & { last: string | null }> {
	const target = await targetOf(tx, request);
	const meant = await reachSql(tx, request);
	const found = await tx.all<Standing>(sql<Standing>`select t.id, t.enrollment, t.profile, t.journey, t.place, t.trail, t.state, t.message from token t
		where ${meant} and t.place <> ${placeOf(target)} and t.id > ${after} order by t.id limit ${SLICE}`);
	if (found.length === 0) return { moved: 0, refused: [], last: null };
	await lockProfiles(tx, new Set(found.map(({ profile }) => profile)));
	await lockEnrollments(tx, [...new Set(found.map(({ enrollment }) => enrollment))]);
	// Again, now that nothing about them can change: a claim, an exit or a merge may have been faster.
	const standing = await tx.all<Standing>(sql<Standing>`select t.id, t.enrollment, t.profile, t.journey, t.place, t.trail, t.state, t.message from token t
		where ${tx.dialect.anyOf(sql`t.id`, found.map(({ id }) => id))} order by t.id ${tx.dialect.forUpdate}`);
	const objections = await objectionsTo(tx, target, standing);
	const going = standing.filter(({ id }) => !objections.has(id));
	const steps = await stepsAt(tx, standing);
	await put(tx, target, going, request.wait ?? 'now', steps);
	const refused = standing.flatMap(({ id, profile, place }) => (objections.has(id) ? [{ profile, step: steps.get(place)?.step ?? place, reason: objections.get(id) ?? '' }] : []));
	return { moved: going.length, refused, last: found.length < SLICE ? null : (found.at(-1)?.id ?? null) };
}

interface Target {
	workflow: string;
	step: string;
	name: string;
	type: string;
}

async function targetOf(tx: Tx, { workflow, to }: MoveRequest): Promise<Target> {
	const row = await tx.first<Target & { unserved: number }>(sql<Target & { unserved: number }>`select s.workflow, s.step, s.name, s.type,
			case when s.beat_at is null or ${leaderBeatSql} - s.beat_at > ${UNSERVED_AFTER_MS} then 1 else 0 end as unserved
		from step s where s.workflow = ${workflow} and (s.step = ${to} or s.name = ${to}) order by case when s.step = ${to} then 0 else 1 end, coalesce(s.beat_at, 0) desc limit 1`);
	if (row === undefined) throw new EngineError('NOT_FOUND', `The engine knows no step "${to.slice(0, 100)}" of this workflow. Publish the workflow, then choose the step from the list. Nobody was moved.`);
	if (NOBODY_STANDS_AT.includes(row.type)) throw new EngineError('BAD_INPUT', `Nobody can stand at "${row.name}": people only pass it. Move them to a wait, a sender or the trigger in front of it. Nobody was moved.`);
	if (Number(row.unserved) === 1) throw new EngineError('BAD_INPUT', `Nobody serves "${row.name}", so people would be stranded there: it was deleted or disabled, or its workflow is not published. Nobody was moved.`);
	return row;
}

/** Why some of them stay, by token: locked, so this is so until the commit. */
async function objectionsTo(tx: Tx, target: Target, standing: readonly Standing[]): Promise<Map<string, string>> {
	const had = await tx.all<{ enrollment: number }>(sql<{ enrollment: number }>`select distinct m.enrollment from message m
		where ${tx.dialect.anyOf(sql`m.profile`, [...new Set(standing.map(({ profile }) => profile))])} and ${tx.dialect.anyOf(sql`m.enrollment`, [...new Set(standing.map(({ enrollment }) => enrollment))])}
		and m.workflow = ${target.workflow} and m.step = ${target.step} and m.state in ('attempting', 'sent', 'unknown')`);
	const withMessage = new Set(had.map(({ enrollment }) => enrollment));
	const waitingFor = standing.flatMap(({ message }) => (message === null ? [] : [message]));
	const busy = new Set((await tx.all<{ id: string }>(sql<{ id: string }>`select id from message where ${tx.dialect.anyOf(sql`id`, waitingFor)} and state = 'attempting'`)).map(({ id }) => id));
	const objections = new Map<string, string>();
	for (const { id, enrollment, journey, state, message } of standing) {
		const reason = state === 'claimed' ? 'is under way in an execution right now; try it again in a moment'
			: state === 'away' ? 'is inside a wait or approval of n8n’s own; its end would be lost'
			: withMessage.has(enrollment) ? `"${target.name}" has sent to this person in this run already; it would send again`
			: message !== null && busy.has(message) ? 'a message to this person is being sent right now; try it again in a moment'
			: target.type === 'trigger' && journey !== journeyId(target) ? `"${target.name}" is the trigger of another journey`
			: null;
		if (reason !== null) objections.set(id, reason);
	}
	// Branches walk on apart: put onto the way of another one, a person would be sent what is behind it twice, and nothing in the ledger tells the two apart.
	const forked = new Set((await tx.all<{ enrollment: number }>(sql<{ enrollment: number }>`select enrollment from token
		where ${tx.dialect.anyOf(sql`enrollment`, [...new Set(standing.map(({ enrollment }) => enrollment))])} group by enrollment having count(*) > 1`)).map(({ enrollment }) => enrollment));
	for (const { id, enrollment } of standing) {
		if (!objections.has(id) && forked.has(enrollment)) objections.set(id, 'is on several branches of this journey at once and could be sent the same twice; wait until they have met or ended, or exit the run');
	}
	return objections;
}

async function put(tx: Tx, target: Target, going: readonly Standing[], wait: 'now' | 'keep', steps: ReadonlyMap<string, { step: string }>): Promise<void> {
	if (going.length === 0) return;
	const rows = going.map(({ id, trail }) => ({ id: childTokenId(id, target.step, `moved ${trail}`), parent: id }));
	const keep = wait === 'keep' ? sql<boolean>`p.state = 'parked'` : sql<boolean>`1 = 0`;
	const kept = (column: string) => sql`case when ${keep} then p.${sql.ref(column)} end`;
	// since_no: of a leg that had begun and is given up; the next one looks for events from there on, so that nothing is missed (PROTOCOL 17).
	await tx.run(sql`insert into token (id, enrollment, profile, journey, place, parent, hop, trail, state, due_at, parked_at, watch, watch_name, watch_from, watch_at, outcome, outcome_event, since_no, since_at,
			awaits, awaits_key, awaits_rule, planned_at, late_after, leg_at, rounds)
		select r.id, p.enrollment, p.profile, p.journey, ${placeOf(target)}, p.id, p.hop + 1, p.trail, 'parked', case when ${keep} then p.due_at else cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) end, ${tx.nowMs},
			${kept('watch')}, ${kept('watch_name')}, case when ${keep} then p.watch_from else coalesce(p.since_no, p.watch_from) end, case when ${keep} then p.watch_at else coalesce(p.since_at, p.watch_at) end,
			${kept('outcome')}, ${kept('outcome_event')}, p.since_no, p.since_at,
			${kept('awaits')}, ${kept('awaits_key')}, ${kept('awaits_rule')}, ${kept('planned_at')}, ${kept('late_after')}, p.leg_at, p.rounds
		from ${tx.dialect.rows(rows, { id: 'text', parent: 'text' }, 'r')} join token p on p.id = r.parent`);
	await tx.run(sql`update enrollment set open_tokens = open_tokens + a.people, moved_at = ${tx.nowMs} from ${tx.dialect.rows(perEnrollment(going), { id: 'integer', people: 'integer' }, 'a')} where enrollment.id = a.id`);
	await dropWaiting(tx, going);
	await deleteTokens(tx, going.map(({ id }) => id), 'moved', false);
	for (const [place, people] of countsBy(going, (one) => one.place)) await countPassages(tx, { ...target, step: steps.get(place)?.step ?? place }, Array.from({ length: people }, () => 'moved'));
	if (await countsArrivals(tx, target)) await countPassages(tx, target, going.map(() => 'entered'));
	tx.wake(target.workflow, target.step);
}

/** Waits and the like count who comes, others who passes. A wait that nobody has come to yet is known by its type. */
async function countsArrivals(tx: Tx, { workflow, step, type }: Target): Promise<boolean> {
	if (type === 'wait' || type === 'waitForEvent') return true;
	return (await tx.first(sql`select 1 as one from passage where workflow = ${workflow} and step = ${step} and output = 'entered'`)) !== undefined;
}

/** What somebody waits to be sent, or is held with, is not sent where they no longer stand. */
async function dropWaiting(tx: Tx, going: readonly Standing[]): Promise<void> {
	const { anyOf } = tx.dialect;
	const waiting = going.flatMap(({ message }) => (message === null ? [] : [message]));
	const unsent = await tx.all(sql<{ id: string }>`update message set state = 'skipped', guard = null, reason = 'moved to another step', deferred_until = null, ended_at = ${tx.nowMs}
		where (${anyOf(sql`id`, waiting)} or ${anyOf(sql`token`, going.map(({ id }) => id))}) and state in ('reserved', 'deferred') returning id`);
	await takeBackCoupons(tx, unsent.map(({ id }) => id));
}

function perEnrollment(going: readonly Standing[]): Array<{ id: number; people: number }> {
	return [...countsBy(going, ({ enrollment }) => enrollment)].map(([id, people]) => ({ id, people }));
}

function countsBy<Key>(going: readonly Standing[], keyOf: (one: Standing) => Key): Map<Key, number> {
	const counts = new Map<Key, number>();
	for (const one of going) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
	return counts;
}
