import { sql } from 'kysely';

import { EngineError, type JsonObject } from '../kernel';
import type { Settings } from '../settings';
import type { Store, Tx } from '../store';
import { lockEnrollments } from './end';
import { placeOf } from './place';
import { childTokenId } from './trail';
import type { ParkRequest, ParkResult, StepRef, WaitOutcome } from './types';
import { allowNew, openVisits, remember, type Visit } from './visit';
import { checkUntil, happeningOf, isHappening, isWaitTime } from './waits/check';
import { lookBackAtHappening } from './waits/meet';
import { planWaits } from './waits/plan';
import { lookBack, lookBackAtHalves } from './watch';

export interface Child {
	visit: Visit;
	dueAtMs: number;
	watch?: { id: string; event: string };
	message?: string;
	reason?: string;
	/** Comes back with the item when the token is emitted. */
	payload?: JsonObject;
	/** What is awaited besides a time or an event; waits/ says what the three are. */
	awaits?: { kind: string; key: string; rule: string };
	/** How the wait ends, where that is known already. */
	outcome?: WaitOutcome;
	/** Real milliseconds after the due time from which on it is late. */
	lateAfterMs?: number;
}

const SPECIAL = { awaits: 'text', awaits_key: 'text', awaits_rule: 'text', outcome: 'text', planned_at: 'integer', late_after: 'integer' } as const;

/**
 * PROTOCOL 1, 2: inserts children, live at once, and adjusts open_tokens in the same transaction; repeating it does nothing.
 * Whose they are and where they look from is read off the parent now: a merge may have come since the visit was opened, while a mail
 * was being sent. Answers with the children that are new; `merged`: the leg of the parent has lived through a merge.
 */
export async function insertChildren(tx: Tx, step: StepRef, children: readonly Child[]): Promise<Array<{ id: string; merged: boolean }>> {
	if (children.length === 0) return [];
	await lockEnrollments(tx, [...new Set(children.map(({ visit }) => visit.token.enrollment))]);
	// Plain waits and awaited events, which most are, do not pay for these.
	const special = children.some(({ awaits, outcome, lateAfterMs }) => awaits !== undefined || outcome !== undefined || lateAfterMs !== undefined);
	const rows = children.map(({ visit, dueAtMs, watch, message, reason, payload, awaits, outcome, lateAfterMs }) => ({
		id: childTokenId(visit.token.id, step.step, visit.item.stamp.trail),
		parent: visit.token.id, trail: visit.item.stamp.trail, due_at: dueAtMs,
		// What is not said is not in the JSON either.
		watch: watch?.id, watch_name: watch?.event, message, reason, payload,
		...(special ? {
			awaits: awaits?.kind, awaits_key: awaits?.key, awaits_rule: awaits?.rule, outcome, planned_at: lateAfterMs === undefined ? undefined : dueAtMs, late_after: lateAfterMs,
		} : {}),
	}));
	const given = tx.dialect.rows(rows, {
		id: 'text', parent: 'text', trail: 'text', due_at: 'integer', watch: 'text', watch_name: 'text', message: 'text', reason: 'text', payload: 'json',
		...(special ? SPECIAL : {}),
	}, 'r');
	const specials = Object.keys(special ? SPECIAL : {});
	const inserted = await tx.all(sql<{ id: string; enrollment: number; watch_at: number | null }>`
		insert into token (id, enrollment, profile, journey, place, parent, hop, trail, state, due_at, parked_at, watch, watch_name, watch_from, watch_at, message, reason, payload, rounds
			${sql.join(specials.map((name) => sql`, ${sql.ref(name)}`), sql``)})
		select r.id, p.enrollment, p.profile, p.journey, ${placeOf(step)}, p.id, p.hop + 1, r.trail, 'parked', r.due_at, ${tx.nowMs},
			r.watch, r.watch_name, p.since_no, p.since_at, r.message, r.reason, r.payload, p.rounds
			${sql.join(specials.map((name) => sql`, ${sql.ref(`r.${name}`)}`), sql``)}
		from ${given} join token p on p.id = r.parent where true on conflict (id) do nothing returning id, enrollment, watch_at`);
	const perEnrollment = new Map<number, number>();
	for (const row of inserted) perEnrollment.set(row.enrollment, (perEnrollment.get(row.enrollment) ?? 0) + 1);
	const added = [...perEnrollment].map(([enrollment, people]) => ({ enrollment, people }));
	if (added.length > 0) {
		await tx.run(sql`update enrollment set open_tokens = open_tokens + a.people
			from ${tx.dialect.rows(added, { enrollment: 'integer', people: 'integer' }, 'a')} where enrollment.id = a.enrollment`);
	}
	return inserted.map((row) => ({ id: row.id, merged: row.watch_at !== null }));
}

const ROUTED = 'Before an interruption this person was let through here; by now the step would let them wait. Undo the change of the step, then use Journey Control: Retry Held.';

/**
 * Journey Wait and Journey Wait for Event: the execution ends here for these people; the step's pump brings them back. When each is due and what they
 * await is decided here once: a replay finds it in the memo. Throws BAD_INPUT and NOT_FOUND for a wait that cannot be.
 */
export async function park({ store, settings }: { store: Store; settings: Pick<Settings, 'current'> }, request: ParkRequest): Promise<ParkResult[]> {
	const { step, delayMs, until } = request;
	if (delayMs !== null && !(delayMs >= 0)) throw new EngineError('BAD_INPUT', `A wait takes a duration of zero or more, not ${String(delayMs)} milliseconds.`);
	checkUntil(until);
	return await store.tx('park', async (tx) => {
		const visits = await openVisits(tx, step, request.items);
		const plans = await planWaits(tx, async () => (await settings.current(tx)).zone, request, await allowNew(tx, step, visits));
		const ready = plans.flatMap((plan) => (plan.child === null ? [] : [{ ...plan, child: plan.child }]));
		await remember(tx, step, ready.map(({ visit, child }) => ({ visit, kind: 'park', value: { due: child.dueAtMs }, output: 'entered' })));
		const inserted = await insertChildren(tx, step, ready.map(({ child }) => child));
		const met = await lookBackFrom(tx, until, inserted);
		if (met > 0 || ready.some(({ child }) => child.dueAtMs <= tx.nowMs)) tx.wake(step.workflow, step.step);
		const known = new Map(visits.filter((visit) => visit.memo?.kind === 'park').map((visit) => [visit.item.index, Number(visit.memo?.value.due)]));
		for (const { visit, child } of ready) known.set(visit.item.index, child.dueAtMs);
		// Let through here before the step was changed: to say nothing would end their leg.
		const routed = visits.filter((visit) => visit.memo !== null && visit.memo.kind !== 'park').map((visit) => [visit.item.index, ROUTED] as const);
		const problems = new Map([...routed, ...plans.flatMap(({ visit, problem }) => (problem === undefined ? [] : [[visit.item.index, problem] as const]))]);
		return request.items.map(({ index }) => {
			const problem = problems.get(index);
			return { index, parked: known.has(index), dueAtMs: known.get(index) ?? null, ...(problem === undefined ? {} : { problem }) };
		});
	});
}

/** PROTOCOL 17. */
async function lookBackFrom(tx: Tx, until: ParkRequest['until'], inserted: ReadonlyArray<{ id: string; merged: boolean }>): Promise<number> {
	if (until === undefined || isWaitTime(until)) return 0;
	if (isHappening(until)) return await lookBackAtHappening(tx, await happeningOf(tx, until), inserted.map(({ id }) => id));
	const idsOf = (merged: boolean) => inserted.filter((child) => child.merged === merged).map(({ id }) => id);
	return (await lookBack(tx, until, idsOf(false))) + (await lookBackAtHalves(tx, until, idsOf(true)));
}
