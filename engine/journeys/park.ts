import { sql } from 'kysely';

import { EngineError, type JsonObject } from '../kernel';
import type { Store, Tx } from '../store';
import { lockEnrollments } from './end';
import { childTokenId, NEVER_MS } from './trail';
import type { ParkRequest, ParkResult, StepRef } from './types';
import { allowNew, openVisits, remember, type Visit } from './visit';
import { lookBack, lookBackAtHalves, storeWatch } from './watch';

export interface Child {
	visit: Visit;
	dueAtMs: number;
	watch?: { id: string; event: string };
	message?: string;
	reason?: string;
	/** Comes back with the item when the token is emitted. */
	payload?: JsonObject;
}

/**
 * PROTOCOL 1, 2: inserts children, live at once, and adjusts open_tokens in the same transaction; repeating it does nothing.
 * Whose they are and where they look from is read off the parent now: a merge may have come since the visit was opened, while a mail
 * was being sent. Answers with the children that are new; `merged`: the leg of the parent has lived through a merge.
 */
export async function insertChildren(tx: Tx, step: StepRef, children: readonly Child[]): Promise<Array<{ id: string; merged: boolean }>> {
	if (children.length === 0) return [];
	await lockEnrollments(tx, [...new Set(children.map(({ visit }) => visit.token.enrollment))]);
	const rows = children.map(({ visit, dueAtMs, watch, message, reason, payload }) => ({
		id: childTokenId(visit.token.id, step.step, visit.item.stamp.trail),
		parent: visit.token.id, trail: visit.item.stamp.trail, due_at: dueAtMs, watch: watch?.id ?? null, watch_name: watch?.event ?? null,
		message: message ?? null, reason: reason ?? null, payload: payload ?? null,
	}));
	const given = tx.dialect.rows(rows, {
		id: 'text', parent: 'text', trail: 'text', due_at: 'integer', watch: 'text', watch_name: 'text', message: 'text', reason: 'text', payload: 'json',
	}, 'r');
	const inserted = await tx.all(sql<{ id: string; enrollment: number; watch_at: number | null }>`
		insert into token (id, enrollment, profile, journey, workflow, step, parent, hop, trail, state, due_at, parked_at, watch, watch_name, watch_from, watch_at, message, reason, payload, rounds)
		select r.id, p.enrollment, p.profile, p.journey, ${step.workflow}, ${step.step}, p.id, p.hop + 1, r.trail, 'parked', r.due_at, ${tx.nowMs},
			r.watch, r.watch_name, p.since_no, p.since_at, r.message, r.reason, r.payload, p.rounds
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

/** Journey Wait and Journey Wait for Event: the execution ends here for these people; the step's pump brings them back. */
export async function park(store: Store, request: ParkRequest): Promise<ParkResult[]> {
	const { step, delayMs, until } = request;
	if (!(delayMs >= 0)) throw new EngineError('BAD_INPUT', `A wait takes a duration of zero or more, not ${String(delayMs)} milliseconds.`);
	return await store.tx('park', async (tx) => {
		const visits = await openVisits(tx, step, request.items);
		const fresh = await allowNew(tx, step, visits);
		const watch = until === undefined || fresh.length === 0 ? undefined : { id: await storeWatch(tx, until), event: until.event };
		const due = new Map<string, number>();
		for (const visit of fresh) due.set(visit.token.id, Math.min(NEVER_MS, Math.round(tx.nowMs + delayMs * visit.token.timeScale)));
		await remember(tx, step, fresh.map((visit) => ({ visit, kind: 'park', value: { due: due.get(visit.token.id) }, output: 'entered' })));
		const inserted = await insertChildren(tx, step, fresh.map((visit) => ({ visit, dueAtMs: due.get(visit.token.id) ?? tx.nowMs, watch })));
		const idsOf = (merged: boolean) => inserted.filter((child) => child.merged === merged).map(({ id }) => id);
		const matched = until === undefined ? 0 : (await lookBack(tx, until, idsOf(false))) + (await lookBackAtHalves(tx, until, idsOf(true)));
		if (matched > 0 || delayMs === 0) tx.wake(step.workflow, step.step);
		const known = new Map(visits.filter((visit) => visit.memo !== null).map((visit) => [visit.item.index, Number(visit.memo?.value.due)]));
		for (const visit of fresh) known.set(visit.item.index, due.get(visit.token.id) ?? tx.nowMs);
		return request.items.map((item) => ({ index: item.index, parked: known.has(item.index), dueAtMs: known.get(item.index) ?? null }));
	});
}
