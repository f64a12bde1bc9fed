import { sql } from 'kysely';

import { countPassages, holdTokens, insertChildren, lockEnrollments, noteProblem, noteRefused, NEVER_MS, STOPPED_REASON, type Child } from '../journeys';
import { lockProfiles } from '../profiles';
import { removeDevices, type GoneDevice } from '../devices';
import { keepReceipts, noteDeadAddresses, type DeadAddress } from '../reports';
import type { Tx } from '../store';
import type { Attempted } from './attempt';
import { keepFiles, type Waiting } from './files';
import type { Work } from './guards';
import type { MessagesDeps } from './index';
import { deferMessages, endAttempts, skipAbandoned, tellSegments, type Ending } from './ledger';
import { noteOptOuts } from './opt-outs';
import { AGAIN } from './repeat';
import { SAME } from './same-message';
import type { GuardName, LedgerRequest } from './types';
import { giveBack, type Taken } from './warm-up';

/** Delays after each transient failure; after the last the message has failed and the person goes on by Not Sent. */
const BACKOFF_MS = [60_000, 5 * 60_000, 15 * 60_000, 3_600_000, 4 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000];

/** The soonest that the first retry comes; doubled for each that failed. */
const SOONEST_MS = 1_000;

/** Those whose turn did not come because the account failed look again after this. */
const ACCOUNT_RETRY_MS = 60_000;

/** What the node learns of one person. */
export type Fate =
	| { kind: 'passed'; work: Work; output: 0 | 1; state: string; reason: string | null }
	/** guard: nothing is wrong, it is only too much or too late for this person now. */
	| { kind: 'parked'; work: Work; reason: string; guard: GuardName | null }
	/** Waits for a person to look; its memo stays open, so that the retry sends. */
	| { kind: 'held'; work: Work; reason: string }
	/** Reserved as before: to be attempted anew by whoever attempted it. */
	| { kind: 'again'; work: Work }
	| { kind: 'dropped'; work: Work };

interface Plan {
	fate: Fate;
	ending?: Ending;
	/** Not attempted, to be taken up later. */
	defer?: { until: number; reason: string; guard: GuardName | null };
}

/**
 * The confirmation: ledger, memo (so that a replay takes the same way), children of those who wait, in one transaction.
 * PROTOCOL 7: of a contact that left or was claimed again while the provider was called only the ledger hears; a memo or a
 * child written for it would send the person on twice.
 */
export async function confirmChunk(
	{ store, segments, events, consent }: Pick<MessagesDeps, 'store' | 'segments' | 'events' | 'consent'>, request: Pick<LedgerRequest, 'step' | 'files' | 'channel'>, providerName: string, nonce: string, attempted: readonly Attempted[], taken: Taken | null = null, deliver?: (tx: Tx, messages: readonly string[]) => Promise<void>,
): Promise<Fate[]> {
	return await store.tx('confirm', async (tx) => {
		await lockProfiles(tx, [...new Set(attempted.map((entry) => entry.work.profile))]);
		const held = await stillHeld(tx, attempted.map((entry) => entry.work));
		const planned = attempted.map((entry): Plan => {
			const one = plan(entry, tx.nowMs);
			if (held.has(entry.work)) return one;
			return { fate: { kind: 'dropped', work: entry.work }, ...(one.ending === undefined ? {} : { ending: one.ending }) };
		});
		const ended = await endAttempts(tx, nonce, providerName, planned.flatMap(({ ending }) => (ending === undefined ? [] : [ending])));
		await deliver?.(tx, ended.sent);
		const plans = deliver === undefined ? planned : undelivered(planned, new Set(ended.sent));
		const deferred = plans.flatMap(({ fate, defer, ending }) => (defer === undefined || (ending !== undefined && ending.untried !== true) ? [] : [{ id: fate.work.message, ...defer }]));
		await deferMessages(tx, deferred);
		await skipAbandoned(tx, plans.flatMap(({ fate }) => (fate.kind === 'dropped' ? [fate.work.message] : [])));
		await parkDeferred(tx, request, plans);
		await keepFiles(tx, plans.flatMap(waitingFiles), request.files ?? []);
		await holdBroken(tx, plans);
		await rememberOutputs(tx, request, plans.map(({ fate }) => fate));
		await tellProblem(tx, request, plans);
		await tellAccount(tx, request, attempted);
		await noteOptOuts(tx, consent, { channel: request.channel, provider: providerName }, attempted);
		await removeDevices(tx, request.channel, goneAmong(attempted));
		await keepReceipts(tx, askedLater(attempted, new Set(ended.sent)));
		const dead = await noteDeadAddresses(tx, events, deadAmong(providerName, attempted));
		// Of what other nodes have sent nobody hears whether it was opened: to say after some days that it was not would write to all of them.
		await tellSegments(tx, segments, [...new Set([...ended.profiles, ...dead])], request.step.type === 'anyChannel' ? [] : ended.sent);
		await giveBack(tx, taken, attempted);
		return plans.map(({ fate }) => fate);
	});
}

/** Of what is delivered in this transaction: somebody has taken the attempt back, since it seemed to be a dead process's. It has not arrived, and is asked for anew. */
function undelivered(plans: readonly Plan[], delivered: ReadonlySet<string>): Plan[] {
	return plans.map((one) => (one.fate.kind === 'passed' && one.ending?.state === 'sent' && !delivered.has(one.ending.id) ? { fate: { kind: 'again', work: one.fate.work } } : one));
}

/** Devices that take nothing any more, whatever became of the message on the person's others. */
function goneAmong(attempted: readonly Attempted[]): GoneDevice[] {
	return attempted.flatMap((entry) => (entry.kind === 'outcome' ? (entry.outcome.gone ?? []).map((address) => ({ profile: entry.work.profile, address })) : []));
}

/** What a service is asked about later. */
function askedLater(attempted: readonly Attempted[], sent: ReadonlySet<string>): Parameters<typeof keepReceipts>[1] {
	return attempted.flatMap((entry) => (entry.kind === 'outcome' && entry.outcome.receipts !== undefined && sent.has(entry.work.message) ? [{ message: entry.work.message, receipts: entry.outcome.receipts }] : []));
}

/** Addresses that were refused for good: known without a callback. */
function deadAmong(provider: string, attempted: readonly Attempted[]): DeadAddress[] {
	return attempted.flatMap((entry) => {
		if (entry.kind !== 'outcome' || entry.outcome.kind !== 'permanent' || entry.outcome.deadAddress !== true || entry.address === undefined) return [];
		return [{ message: entry.work.message, address: entry.address, provider, reason: entry.outcome.reason }];
	});
}

/** Those whose token is still at the epoch that sent. Locked, so that no claim comes between the look and the writing. */
async function stillHeld(tx: Tx, works: readonly Work[]): Promise<Set<Work>> {
	const inside = works.flatMap(({ visit }) => (visit === null ? [] : [visit.token]));
	if (inside.length === 0) return new Set(works);
	await lockEnrollments(tx, [...new Set(inside.map((token) => token.enrollment))]);
	const alive = await tx.all<{ id: string; epoch: number }>(sql<{ id: string; epoch: number }>`select id, epoch from token
		where ${tx.dialect.anyOf(sql`id`, inside.map((token) => token.id))} and state in ('claimed', 'away') order by id ${tx.dialect.forUpdate}`);
	const epochs = new Map(alive.map((row) => [row.id, row.epoch]));
	return new Set(works.filter(({ visit }) => visit === null || epochs.get(visit.token.id) === visit.token.epoch));
}

function plan(entry: Attempted, nowMs: number): Plan {
	const { work } = entry;
	switch (entry.kind) {
		case 'skip':
			// Held-out people walk like everybody: by the other output they would reach no goal behind this step, and the mails would look better than they are.
			return { fate: { kind: 'passed', work, output: entry.guard === 'holdout' ? 0 : 1, state: 'skipped', reason: entry.reason } };
		case 'hold':
			return waiting(work, entry.untilMs, entry.reason, entry.guard);
		case 'left':
			return { fate: { kind: 'dropped', work } };
		case 'unknown':
			return { fate: { kind: 'passed', work, output: 0, state: 'unknown', reason: 'n8n stopped while this message was being sent' } };
		case 'ended':
			// n8n's Retry brought the rows in another order: the one that has the message now comes second.
			if (entry.reason === SAME) return { fate: { kind: 'passed', work, output: 0, state: AGAIN, reason: SAME } };
			return { fate: { kind: 'passed', work, output: entry.state === 'sent' || entry.state === 'unknown' || entry.guard === 'holdout' ? 0 : 1, state: entry.state, reason: entry.reason } };
		case 'busy':
			return waiting(work, entry.untilMs, 'another process is sending this message');
		case 'untried':
			return { ...waiting(work, nowMs + ACCOUNT_RETRY_MS, entry.reason), ending: { ...ending(work, 'deferred', entry.reason), deferredUntilMs: nowMs + ACCOUNT_RETRY_MS, untried: true } };
		case 'notBegun':
			return { fate: { kind: 'again', work }, ending: { ...ending(work, 'reserved', null), untried: true } };
		case 'stopped':
			return waiting(work, NEVER_MS, STOPPED_REASON);
		case 'broken':
			return work.visit === null
				? { fate: { kind: 'passed', work, output: 1, state: 'failed', reason: entry.reason }, ending: ending(work, 'failed', entry.reason) }
				: { fate: { kind: 'held', work, reason: entry.reason }, ending: ending(work, 'reserved', entry.reason) };
		case 'outcome':
			return planOutcome(entry, nowMs);
	}
}

function planOutcome(entry: Extract<Attempted, { kind: 'outcome' }>, nowMs: number): Plan {
	const planned = planEnd(entry, nowMs);
	return planned.ending === undefined || entry.billed === undefined ? planned : { ...planned, ending: { ...planned.ending, billed: entry.billed } };
}

function planEnd({ work, outcome, attempts }: Extract<Attempted, { kind: 'outcome' }>, nowMs: number): Plan {
	switch (outcome.kind) {
		case 'accepted':
			return { fate: { kind: 'passed', work, output: 0, state: 'sent', reason: outcome.note ?? null }, ending: { ...ending(work, 'sent', outcome.note ?? null), providerId: outcome.providerId } };
		case 'permanent':
			return { fate: { kind: 'passed', work, output: 1, state: 'failed', reason: outcome.reason }, ending: ending(work, 'failed', outcome.reason) };
		case 'ambiguous':
			// It may have left, so it is never sent again; late evidence may still settle it.
			return { fate: { kind: 'passed', work, output: 0, state: 'unknown', reason: outcome.reason }, ending: ending(work, 'unknown', outcome.reason) };
		case 'transient':
		case 'account': {
			const delay = (outcome.kind === 'transient' ? asToldMs(outcome.retryAfterMs, attempts) : undefined) ?? BACKOFF_MS[attempts - 1];
			if (delay === undefined || work.visit === null) {
				return { fate: { kind: 'passed', work, output: 1, state: 'failed', reason: outcome.reason }, ending: ending(work, 'failed', outcome.reason) };
			}
			const until = nowMs + delay;
			return { ...waiting(work, until, outcome.reason), ending: { ...ending(work, 'deferred', outcome.reason), deferredUntilMs: until } };
		}
	}
}

/** What the service says, but never sooner than this grows to: some say 0 each time, and each try costs an execution and a call. */
function asToldMs(retryAfterMs: number | undefined, attempts: number): number | undefined {
	return retryAfterMs === undefined ? undefined : Math.max(retryAfterMs, Math.min(SOONEST_MS * 2 ** (attempts - 1), BACKOFF_MS[0] as number));
}

function ending(work: Work, state: Ending['state'], reason: string | null): Ending {
	return { id: work.message, state, reason, providerId: null, deferredUntilMs: null };
}

function waiting(work: Work, until: number, reason: string, guard: GuardName | null = null): Plan {
	if (work.visit === null) return { fate: { kind: 'passed', work, output: 1, state: 'failed', reason }, defer: { until, reason, guard } };
	return { fate: { kind: 'parked', work, reason, guard }, defer: { until, reason, guard } };
}

/** Whoever is to be tried again parks at this very step, with the message and the item it is to be sent with. */
async function parkDeferred(tx: Tx, request: Pick<LedgerRequest, 'step'>, plans: readonly Plan[]): Promise<void> {
	const children = plans.flatMap(({ fate, defer }): Child[] =>
		defer === undefined || fate.work.visit === null ? [] : [{ visit: fate.work.visit, dueAtMs: defer.until, message: fate.work.message, reason: defer.reason, payload: fate.work.item.item }]);
	await insertChildren(tx, request.step, children);
}

/** Files that came with the item are gone with the execution; those that were kept before are kept on. */
function waitingFiles({ fate, defer }: Plan): Waiting[] {
	const { visit, message, item } = fate.work;
	const { attachments = [] } = item.extras ?? {};
	return defer === undefined || fate.kind !== 'parked' || visit === null || attachments.length === 0 ? [] : [{ message, attachments }];
}

/** A template that cannot be rendered is the same for all it fails for: one statement a reason. */
async function holdBroken(tx: Tx, plans: readonly Plan[]): Promise<void> {
	const perReason = new Map<string, string[]>();
	for (const { fate } of plans) {
		if (fate.kind === 'held' && fate.work.visit !== null) perReason.set(fate.reason, [...(perReason.get(fate.reason) ?? []), fate.work.visit.token.id]);
	}
	for (const [reason, tokens] of perReason) await holdTokens(tx, tokens, reason);
}

/** The step shows what keeps people here, until a message leaves again. */
async function tellProblem(tx: Tx, request: Pick<LedgerRequest, 'step'>, plans: readonly Plan[]): Promise<void> {
	const trouble = plans.find(({ fate }) => fate.kind === 'held' || (fate.kind === 'parked' && fate.guard === null && fate.reason !== STOPPED_REASON));
	if (trouble !== undefined && 'reason' in trouble.fate) await noteProblem(tx, request.step, trouble.fate.reason);
	else if (plans.some(({ fate }) => fate.kind === 'passed' && fate.state === 'sent')) await noteProblem(tx, request.step, null);
}

/** Whether the provider takes this sender's account; an alert says so until a message leaves again. */
async function tellAccount(tx: Tx, request: Pick<LedgerRequest, 'step'>, attempted: readonly Attempted[]): Promise<void> {
	const outcomes = attempted.flatMap((entry) => (entry.kind === 'outcome' ? [entry.outcome] : []));
	const refused = outcomes.find((outcome) => outcome.kind === 'account');
	if (refused?.kind === 'account') await noteRefused(tx, request.step, refused.reason);
	else if (outcomes.some(({ kind }) => kind === 'accepted')) await noteRefused(tx, request.step, null);
}

async function rememberOutputs(tx: Tx, request: Pick<LedgerRequest, 'step'>, fates: readonly Fate[]): Promise<void> {
	const rows = fates.flatMap((fate) => {
		const { visit, message } = fate.work;
		if (visit === null || fate.kind === 'dropped' || fate.kind === 'held' || fate.kind === 'again') return [];
		const value = fate.kind === 'passed' ? { message, output: fate.output, state: fate.state, reason: fate.reason } : { message, parked: true };
		return [{ token: visit.token.id, trail: visit.item.stamp.trail, item_key: visit.itemKey, value }];
	});
	if (rows.length > 0) {
		await tx.run(sql`update memo set value = r.value from ${tx.dialect.rows(rows, { token: 'text', trail: 'text', item_key: 'text', value: 'json' }, 'r')}
			where memo.token = r.token and memo.step = ${request.step.step} and memo.trail = r.trail and memo.item_key = r.item_key`);
	}
	await countPassages(tx, request.step, fates.flatMap((fate) => (fate.kind === 'passed' ? [String(fate.output)] : [])));
}
