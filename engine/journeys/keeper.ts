import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import { testPeopleAfter, type Merge, type PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';
import { nameSteps, readWay, STAYED } from './control/way';
import { exitEnrollments, lockEnrollments, lockTokens } from './end';
import { exitOnMergedConsents } from './exits';
import { beginLegs, exitOnOtherHalf, forgetHalves, rememberHalves, type Half } from './other-half';
import { catchUpWatches, rebaseTokens } from './rebase';
import { countGoalsOfOtherHalf } from './trigger-goals';
import { NO_TEST_REASON } from './virtual';

/** End reason of an enrollment whose person turned out to be in the same journey already, by an older enrollment. */
const MERGED_REASON = 'merged';

type Undo = {
	enrollments: number[];
	goals: string[];
	refusals: Array<{ journey: string; event: number | null; at: number }>;
	/** Enrollments that the merge ended. They stay ended. */
	ended: number[];
	/** Goals that what the other half did has reached. Absent: of a merge by an older version. */
	counted?: string[];
};

/** Enrollments, tokens, goals and refusals. */
export const journeysKeeper: PersonKeeper = {
	name: 'journeys',
	tables: ['enrollment', 'token', 'merged_events', 'meeting', 'goal', 'refusal'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? {},
	mergeAll,
	unmerge: (tx, merge, undo) => unmerge(tx, merge, undo as Undo),
	export: exportJourneys,
	eraseAll,
};

interface EnrollmentRow {
	id: number;
	profile: number;
	journey: string;
	entry_key: string;
	state: string;
	entered_at: number;
	time_scale: number;
}

/**
 * PROTOCOL 17: the tokens that move get the event numbers of the survivor. Two active enrollments that the journey would not have
 * allowed one person (the same entry key) become one: the older stays, the other ends, and whatever it waited to send is not sent.
 * Journeys that people enter once at most (re-entry never) end it too where the other half has been in it, or the person would be sent all of it again. Journeys that
 * people may enter any number of times keep both. One that the other half has done the exit event of ends by it.
 * Stamps name tokens, so items under way find their way.
 */
async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const { anyOf } = tx.dialect;
	const ids = [...new Set(merges.flatMap(({ into, from }) => [into, from]))];
	const froms = merges.map(({ from }) => from);
	const intoOf = new Map(merges.map(({ into, from }) => [from, into]));
	const enrollments = await tx.all(sql<EnrollmentRow>`select id, profile, journey, entry_key, state, entered_at, time_scale from enrollment where ${anyOf(sql.ref('profile'), ids)} order by entered_at, id`);
	const goals = await tx.all(sql<{ id: string; profile: number }>`select id, profile from goal where ${anyOf(sql.ref('profile'), froms)} order by id`);
	const refusals = await tx.all(sql<{ journey: string; profile: number; event: number | null; refused_at: number }>`select journey, profile, event, refused_at from refusal where ${anyOf(sql.ref('profile'), froms)}`);

	const active = enrollments.filter(({ state }) => state === 'active');
	const standing = active.map(({ id }) => id).sort((a, b) => a - b);
	await lockEnrollments(tx, standing);
	// A claim holds no other lock: one that came by while the events are renumbered would begin its leg at a number of before.
	await lockTokens(tx, standing);
	const taken = new Set<string>();
	const ended = active.filter(({ profile, journey, entry_key }) => {
		const key = JSON.stringify([intoOf.get(profile) ?? profile, journey, entry_key]);
		if (taken.has(key)) return true;
		taken.add(key);
		return false;
	});
	ended.push(...(await beenThere(tx, enrollments, active.filter((enrollment) => !ended.includes(enrollment)), ({ profile }) => intoOf.get(profile) ?? profile)));
	await exitEnrollments(tx, ended.map(({ id }) => id), MERGED_REASON, null);
	// Two runs that are one reach a goal once.
	if (ended.length > 0) await tx.run(sql`update enrollment set goals_until = null where ${anyOf(sql`id`, ended.map(({ id }) => id))}`);
	const virtual = active.filter((enrollment) => enrollment.time_scale !== 1 && !ended.includes(enrollment));
	const test = virtual.length === 0 ? new Map<number, boolean>() : await testPeopleAfter(tx, merges);
	const unfit = virtual.filter(({ profile }) => test.get(intoOf.get(profile) ?? profile) !== true);
	await exitEnrollments(tx, unfit.map(({ id }) => id), NO_TEST_REASON, null);
	ended.push(...unfit);

	// While each half still has its own: later nobody could tell whose "no" is new to whom.
	const refused = await exitOnMergedConsents(tx, merges);

	const pairs = tx.dialect.rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm');
	const moved = enrollments.filter(({ profile }) => intoOf.has(profile));
	if (moved.length > 0) await tx.run(sql`update enrollment set profile = m."into" from ${pairs} where enrollment.profile = m."from"`);
	if (goals.length > 0) await tx.run(sql`update goal set profile = m."into" from ${pairs} where goal.profile = m."from"`);
	if (refusals.length > 0) await tx.run(sql`update refusal set profile = m."into" from ${pairs} where refusal.profile = m."from"`);

	const offsets = new Map(merges.map(({ from, eventNoOffset }) => [from, eventNoOffset]));
	const totals = new Map(merges.map(({ into, eventNoOffset, lastEventNo }) => [into, eventNoOffset + lastEventNo]));
	const lasts = new Map(merges.map(({ from, lastEventNo }) => [from, lastEventNo]));
	// The survivor's own numbers are those below the first that was merged into it.
	for (const { into, eventNoOffset } of merges) if (!lasts.has(into)) lasts.set(into, eventNoOffset);
	const halfOf = ({ id, profile }: EnrollmentRow): Half => {
		const off = offsets.get(profile) ?? 0;
		return { enrollment: id, after: off, upTo: off + (lasts.get(profile) ?? 0), total: totals.get(intoOf.get(profile) ?? profile) ?? 0 };
	};
	const reached = await countGoalsOfOtherHalf(tx, enrollments.filter((enrollment) => !ended.includes(enrollment)).map(halfOf));
	const left = new Set([...ended.map(({ id }) => id), ...refused, ...reached.ended, ...(await exitOnOtherHalf(tx, active.filter((enrollment) => !ended.includes(enrollment)).map(halfOf)))]);
	const running = active.filter(({ id }) => !left.has(id));
	await rebaseTokens(tx, running.filter(({ profile }) => intoOf.has(profile)).map(({ id, profile }) => ({ enrollment: id, profile: intoOf.get(profile) ?? profile, off: offsets.get(profile) ?? 0 })));
	const halves = running.map(halfOf);
	await rememberHalves(tx, halves);
	await catchUpWatches(tx, halves);
	await beginLegs(tx, halves);

	const of = <Row extends { profile: number }>(rows: readonly Row[], profile: number) => rows.filter((row) => row.profile === profile);
	return merges.map(({ into, from }): Undo => ({
		enrollments: of(moved, from).map(({ id }) => id),
		goals: of(goals, from).map(({ id }) => id),
		refusals: of(refusals, from).map(({ journey, event, refused_at }) => ({ journey, event, at: refused_at })),
		ended: active.filter(({ id, profile }) => left.has(id) && (profile === from || profile === into)).map(({ id }) => id),
		counted: reached.goals,
	}));
}

/** Of runs under way, those that the other half of the person has had, where nobody enters twice: they have ended there, by whatever way. One statement where there may be any. */
async function beenThere(tx: Tx, all: readonly EnrollmentRow[], running: readonly EnrollmentRow[], personOf: (enrollment: EnrollmentRow) => number): Promise<EnrollmentRow[]> {
	const over = all.filter(({ state }) => state !== 'active');
	const had = running.filter((one) => over.some((other) => other.profile !== one.profile && personOf(other) === personOf(one) && other.journey === one.journey && other.entry_key === one.entry_key));
	if (had.length === 0) return [];
	const { anyOf, jsonText } = tx.dialect;
	const once = await tx.all(sql<{ id: string }>`select id from journey where ${anyOf(sql`id`, [...new Set(had.map(({ journey }) => journey))])} and ${jsonText(sql`config`, ['reEntry'])} = 'never'`);
	return had.filter(({ journey }) => once.some(({ id }) => id === journey));
}

/** The caller has taken the events back already. */
async function unmerge(tx: Tx, { into, from, eventNoOffset: off, lastEventNo }: Merge, undo: Undo): Promise<void> {
	const { anyOf, rows } = tx.dialect;
	const top = off + lastEventNo;
	const active = await tx.all(sql<{ id: number }>`select id from enrollment where profile = ${into} and state = 'active' order by id`);
	await lockEnrollments(tx, active.map(({ id }) => id));
	if (undo.enrollments.length > 0) {
		await tx.run(sql`update enrollment set profile = ${from} where ${anyOf(sql.ref('id'), undo.enrollments)} and profile = ${into}`);
		// Where the number is not one of its own events (or the 0 before them), everything of its own has been looked at.
		const own = (column: string) => sql`case when ${sql.ref(column)} >= ${off} and ${sql.ref(column)} <= ${top} then ${sql.ref(column)} - ${off} else cast(${lastEventNo} as ${sql.raw(tx.dialect.types.int)}) end`;
		await tx.run(sql`update token set profile = ${from},
			watch_from = case when watch_from is null then null else ${own('watch_from')} end, since_no = case when since_no is null then null else ${own('since_no')} end
			where ${anyOf(sql.ref('enrollment'), undo.enrollments)} and profile = ${into}`);
	}
	const staying = active.map(({ id }) => id).filter((id) => !undo.enrollments.includes(id));
	if (staying.length > 0) {
		const own = (column: string) => sql`case when ${sql.ref(column)} <= ${off} then ${sql.ref(column)} when ${sql.ref(column)} <= ${top} then cast(${off} as ${sql.raw(tx.dialect.types.int)}) else ${sql.ref(column)} - ${lastEventNo} end`;
		await tx.run(sql`update token set watch_from = ${own('watch_from')}, since_no = ${own('since_no')} where ${anyOf(sql.ref('enrollment'), staying)}`);
	}
	await forgetHalves(tx, { off, top, moved: undo.enrollments, staying });
	if (undo.counted !== undefined && undo.counted.length > 0) {
		// What the other half did is theirs alone again.
		await tx.run(sql`delete from goal where ${anyOf(sql.ref('id'), undo.counted)} and not exists (select 1 from event ev join enrollment e on e.id = goal.enrollment where ev.id = goal.event and ev.profile = e.profile)`);
	}
	if (undo.goals.length > 0) await tx.run(sql`update goal set profile = ${from} where ${anyOf(sql.ref('id'), undo.goals)} and profile = ${into}`);
	if (undo.refusals.length > 0) {
		await tx.run(sql`update refusal set profile = ${from} from ${rows(undo.refusals, { journey: 'text', event: 'integer', at: 'integer' }, 'r')}
			where refusal.profile = ${into} and refusal.journey = r.journey and refusal.refused_at = r.at and coalesce(refusal.event, 0) = coalesce(r.event, 0)`);
	}
}

async function exportJourneys(reader: Reader, profile: number): Promise<JsonValue> {
	const enrollments = await reader.all(
		sql<{ id: number; journey: string; workflow: string; name: string | null; entry_key: string; state: string; entered_at: number; started_at: number; ended_at: number | null; end_reason: string | null; end_step: string | null; expires_at: number | null; goals_until: number | null; moved_at: number | null; holdout: number; entered_by: unknown; way: string | null }>`
			select e.id, e.journey, e.workflow, j.name, e.entry_key, e.state, e.entered_at, e.started_at, e.ended_at, e.end_reason, e.end_step, e.expires_at, e.goals_until, e.moved_at, e.holdout, e.entered_by, e.way from enrollment e left join journey j on j.id = e.journey where e.profile = ${profile} order by e.id`,
	);
	const named = await nameSteps(reader, enrollments.map(({ workflow }) => workflow));
	const waiting = await reader.all(
		sql<{ enrollment: number; step: string; name: string | null; state: string; due_at: number; parked_at: number; watch_name: string | null; awaits: string | null; awaits_key: string | null; planned_at: number | null; outcome: string | null; reason: string | null; message: string | null; payload: unknown }>`
			select t.enrollment, coalesce(s.step, t.place) as step, s.name, t.state, t.due_at, t.parked_at, t.watch_name, t.awaits, t.awaits_key, t.planned_at, t.outcome, t.reason, t.message, t.payload from token t left join step s on s.place = t.place where t.profile = ${profile} order by t.parked_at, t.id`,
	);
	const goals = await reader.all(
		sql<{ enrollment: number; workflow: string; step: string; name: string; value: string | null; currency: string | null; reached_at: number }>`select enrollment, workflow, step, name, value, currency, reached_at from goal where profile = ${profile} order by reached_at, id`,
	);
	const refusals = await reader.all(sql<{ journey: string; reason: string; refused_at: number }>`select journey, reason, refused_at from refusal where profile = ${profile} order by refused_at, journey`);
	return {
		enrollments: enrollments.map((row) => ({
			id: row.id, journey: row.name ?? row.journey, workflow: row.workflow, entryKey: row.entry_key, state: row.state, enteredAt: iso(row.entered_at), startedAt: iso(row.started_at),
			endedAt: iso(row.ended_at), endReason: row.end_reason, endStep: row.end_step,
			timeLimit: iso(row.expires_at), goalsCountUntil: iso(row.goals_until), movedAt: iso(row.moved_at), heldOut: row.holdout === 1, enteredBy: jsonOf(row.entered_by),
			way: named(row.workflow, readWay(row.way)).map(({ atMs, name, outcome }) => ({ step: name, outcome: outcome === STAYED ? 'waits' : outcome, at: iso(atMs) })),
		})),
		waiting: waiting.map((row) => ({
			enrollment: row.enrollment, step: row.name ?? row.step, state: row.state, since: iso(row.parked_at), dueAt: row.due_at > LAST_YEAR_MS ? null : iso(row.due_at),
			waitsFor: row.watch_name, awaits: row.awaits, awaitsKey: row.awaits_key, plannedFor: iso(row.planned_at), outcome: row.outcome, reason: row.reason, message: row.message,
			item: jsonOf(row.payload),
		})),
		goals: goals.map((row) => ({ enrollment: row.enrollment, workflow: row.workflow, step: row.step, name: row.name, value: row.value, currency: row.currency, at: iso(row.reached_at) })),
		refusals: refusals.map((row) => ({ journey: row.journey, reason: row.reason, at: iso(row.refused_at) })),
	};
}

function jsonOf(column: unknown): JsonValue {
	return column === null ? null : ((typeof column === 'string' ? JSON.parse(column) : column) as JsonValue);
}

/** Due times beyond the year 9999 mean "not by time". */
const LAST_YEAR_MS = 253_402_300_799_999;

/**
 * What runs ends at once (PROTOCOL 20). Enrollments, goals and refusals stay for the journey's figures and belong to nobody (profile 0).
 */
async function eraseAll(tx: Tx, profiles: readonly number[]): Promise<void> {
	const mine = tx.dialect.anyOf(sql.ref('profile'), profiles);
	const active = await tx.all(sql<{ id: number }>`select id from enrollment where ${mine} and state = 'active' order by id`);
	await exitEnrollments(tx, active.map(({ id }) => id), 'erased', null);
	await tx.run(sql`delete from merged_events where enrollment in (select id from enrollment where ${mine})`);
	// An entry key may hold the id of an event that is gone; of an ended enrollment nothing asks for it any more.
	await tx.run(sql`update enrollment set profile = 0, entry_key = '', entry_event = null, entered_by = null, goals_until = null, way = null, state = case when end_reason = 'erased' then 'erased' else state end where ${mine}`);
	await tx.run(sql`update goal set profile = 0, event = null where ${mine}`);
	await tx.run(sql`update refusal set profile = 0, event = null where ${mine}`);
}
