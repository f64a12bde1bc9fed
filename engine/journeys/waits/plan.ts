import { sql } from 'kysely';

import type { Tx } from '../../store';
import type { Child } from '../park';
import { NEVER_MS } from '../trail';
import type { ParkItem, ParkRequest } from '../types';
import type { Visit } from '../visit';
import { storeWatch } from '../watch';
import { happeningOf, isHappening, isWaitTime, segmentNamed } from './check';
import { dueTimes } from './due';
import { storeRule } from './meet';
import type { WaitHappening, WaitTime } from './types';
import { waitersOf } from './waiters';

/** How one visit will wait; child null: it cannot, and why. */
export interface Plan {
	visit: Visit<ParkItem>;
	child: Child | null;
	problem?: string;
}

const UNREADABLE = 'The date to wait for is empty or is no date. Write it as 2026-05-01 or 2026-05-01T09:30, or check what the expression gives for this item.';

/** When each is due and what they await. A constant number of statements for any number of people. Their profiles are locked. */
export async function planWaits(tx: Tx, zone: () => Promise<string>, request: ParkRequest, visits: ReadonlyArray<Visit<ParkItem>>): Promise<Plan[]> {
	if (visits.length === 0) return [];
	const { until } = request;
	if (isWaitTime(until)) return await planTimes(tx, await zone(), until, request, visits);
	const dueFor = ({ token }: Visit) => (request.delayMs === null ? NEVER_MS : Math.min(NEVER_MS, Math.round(tx.nowMs + request.delayMs * token.timeScale)));
	if (isHappening(until)) return await planHappening(tx, until, visits, dueFor);
	const watch = until === undefined ? undefined : { id: await storeWatch(tx, until), event: until.event };
	return visits.map((visit) => ({ visit, child: { visit, dueAtMs: dueFor(visit), ...(watch === undefined ? lateness(request, visit) : { watch }) } }));
}

async function planTimes(tx: Tx, zone: string, until: WaitTime, request: ParkRequest, visits: ReadonlyArray<Visit<ParkItem>>): Promise<Plan[]> {
	const tokens = visits.map(({ token }) => token.id);
	const waiters = await waitersOf(tx, tokens, zone);
	const planned = until.kind === 'sameTime' ? await plannedTimes(tx, tokens) : new Map<string, number>();
	const asking = visits.flatMap((visit) => {
		const waiter = waiters.get(visit.token.id);
		return waiter === undefined ? [] : [{ visit, waiter, date: visit.item.date, plannedAtMs: planned.get(visit.token.id) ?? null }];
	});
	const segment = until.kind === 'best' && until.segment !== undefined ? await segmentNamed(tx, until.segment) : null;
	const dues = await dueTimes(tx, until, asking, { zone, segment });
	const awaits = until.kind === 'attribute' ? { kind: 'attribute', key: until.attribute, rule: await storeRule(tx, until) } : undefined;
	return asking.map(({ visit }, n): Plan => {
		const due = dues[n] ?? null;
		if (due === null) return { visit, child: null, problem: UNREADABLE };
		return { visit, child: { visit, ...due, ...(awaits === undefined ? {} : { awaits }), ...lateness(request, visit) } };
	});
}

async function plannedTimes(tx: Tx, tokens: readonly string[]): Promise<Map<string, number>> {
	const rows = await tx.all(sql<{ id: string; at: number }>`select id, coalesce(planned_at, due_at) as at from token where ${tx.dialect.anyOf(sql`id`, tokens)}`);
	return new Map(rows.map(({ id, at }) => [id, at]));
}

async function planHappening(tx: Tx, until: WaitHappening, visits: ReadonlyArray<Visit<ParkItem>>, dueFor: (visit: Visit) => number): Promise<Plan[]> {
	const happening = await happeningOf(tx, until);
	const rule = await storeRule(tx, happening);
	const messages = until.kind === 'message' ? await messagesBefore(tx, visits, until.step) : new Map<string, string>();
	const key = (visit: Visit) => (happening.kind === 'segment' ? String(happening.segment) : happening.kind === 'consent' ? happening.channel : (messages.get(visit.token.id) ?? ''));
	return visits.map((visit) => ({ visit, child: { visit, dueAtMs: dueFor(visit), awaits: { kind: happening.kind, key: key(visit), rule } } }));
}

/**
 * The last message of each run before this step, whatever became of it: of one that was skipped nothing can happen, so the wait times out, and the person is
 * not taken for a reader of an older one. Those of the leg itself come first, since a path beside it may have sent since.
 */
async function messagesBefore(tx: Tx, visits: readonly Visit[], step: string | undefined): Promise<Map<string, string>> {
	const rows = await tx.all(sql<{ token: string; message: string | null }>`select t.id as token, (select m.id from message m
			where m.profile = t.profile and m.enrollment = t.enrollment ${step === undefined ? sql`` : sql`and m.step = ${step}`}
			order by case when m.token = t.id or m.id = t.message then 0 else 1 end, m.reserved_at desc, m.id limit 1) as message
		from token t where ${tx.dialect.anyOf(sql`t.id`, visits.map(({ token }) => token.id))}`);
	return new Map(rows.flatMap(({ token, message }) => (message === null ? [] : [[token, message] as const])));
}

function lateness({ overdue }: ParkRequest, { token }: Visit): Pick<Child, 'lateAfterMs'> {
	return overdue === undefined ? {} : { lateAfterMs: Math.round(overdue.afterMs * token.timeScale) };
}
