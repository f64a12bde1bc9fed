import { sql } from 'kysely';

import type { EmailProvider, SendOutcome } from '../channels/types';
import { randomId } from '../kernel';
import type { Tx } from '../store';
import { guard, TIMING_GUARDS, type Addressed, type Verdict, type Work } from './guards';
import type { MessagesDeps } from './index';
import { markUnknown, NO_ANSWER, skipAbandoned, skipMessages, tellSegments } from './ledger';
import { readPageFacts, type PageFacts } from './page-links';
import { renderFor, type Linking } from './render';
import type { EmailSendRequest, LedgerRequest } from './types';

/** Beyond the provider's own time-out, for the confirmation to be written. */
const CONFIRM_MARGIN_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 60_000;

/** What became of one person in a chunk, before it is confirmed. */
export type Attempted =
	| { kind: 'outcome'; work: Work; attempts: number; outcome: SendOutcome; /** Where it was sent to, normalised; absent: nobody knows. */ address?: string }
	/** The template failed for this contact; nothing left. */
	| { kind: 'broken'; work: Work; reason: string }
	| Exclude<Verdict, { kind: 'attempt' }>
	| { kind: 'stopped'; work: Work }
	/** The account failed before this one's turn: nothing was tried. */
	| { kind: 'untried'; work: Work; reason: string };

/**
 * PROTOCOL 14, second half: guards again and `attempting` with a nonce and a deadline in one transaction, then the calls.
 * Everything after the transaction's commit may be lost; the deadline then makes the message `unknown`.
 */
export async function attemptChunk(
	deps: Pick<MessagesDeps, 'store' | 'random' | 'settings' | 'segments' | 'onPoint'>,
	request: EmailSendRequest, works: readonly Work[], provider: EmailProvider, linking: Linking,
): Promise<{ nonce: string; attempted: Attempted[] }> {
	const nonce = randomId(deps.random);
	const { verdicts, facts } = await deps.store.tx('attempt', async (tx): Promise<{ verdicts: Judged[]; facts: PageFacts }> => {
		const { verdicts: judged, skipped } = await judgeAll(tx, deps, request, works);
		const going = judged.flatMap((verdict) => (verdict.kind === 'attempt' ? [verdict.addressed] : []));
		await markAttempting(tx, nonce, tx.nowMs + (request.provider.timeoutMs ?? DEFAULT_TIMEOUT_MS) + CONFIRM_MARGIN_MS, going.map(({ work }) => work.message));
		await tellSegments(tx, deps.segments, skipped);
		return { verdicts: judged, facts: await readPageFacts(tx, request, going) };
	});
	const attempted = await Promise.all(verdicts.map(async (verdict): Promise<Attempted> => {
		if (verdict.kind !== 'attempt') return verdict;
		return await callProvider(request, verdict.addressed, provider, linking, facts);
	}));
	deps.onPoint('send:after-provider');
	return { nonce, attempted };
}

export type Judged = Verdict | { kind: 'stopped'; work: Work };

/** Guards and kill switch, and the ledger's lines of those who are kept back for good; `skipped`: whose segments have to be told of it. */
export async function judgeAll(tx: Tx, { settings }: Pick<MessagesDeps, 'settings'>, request: LedgerRequest, works: readonly Work[]): Promise<{ verdicts: Judged[]; skipped: number[] }> {
	const { stopped } = await settings.stopSwitch(tx);
	const verdicts = (await guard(tx, request, works, await settings.current(tx))).map((verdict) => (stopped ? whenStopped(verdict) : verdict));
	const told = await markUnknown(tx, verdicts.flatMap((verdict) => (verdict.kind === 'unknown' ? [verdict.work.message] : [])), request.memo === 'gate' ? NO_ANSWER : undefined);
	const skipped = await skipMessages(tx, verdicts.flatMap((verdict) => (verdict.kind === 'skip' ? [{ id: verdict.work.message, guard: verdict.guard, reason: verdict.reason }] : [])));
	await skipAbandoned(tx, verdicts.flatMap((verdict) => (verdict.kind === 'left' ? [verdict.work.message] : [])));
	return { verdicts, skipped: [...new Set([...skipped, ...told])] };
}

export async function markAttempting(tx: Tx, nonce: string, untilMs: number, messages: readonly string[]): Promise<void> {
	if (messages.length === 0) return;
	await tx.run(sql`update message set state = 'attempting', attempt_nonce = ${nonce}, attempt_until = ${untilMs}, attempted_at = ${tx.nowMs}, attempts = attempts + 1
		where ${tx.dialect.anyOf(sql`id`, messages)}`);
}

/** Whoever could be sent to, now or later, waits for the resume; it may be allowed by then what is too much or too late now. */
function whenStopped(verdict: Verdict): Verdict | { kind: 'stopped'; work: Work } {
	if (verdict.kind === 'attempt') return { kind: 'stopped', work: verdict.addressed.work };
	const later = verdict.kind === 'hold' || (verdict.kind === 'skip' && TIMING_GUARDS.has(verdict.guard));
	return later ? { kind: 'stopped', work: verdict.work } : verdict;
}

async function callProvider(request: EmailSendRequest, person: Addressed, provider: EmailProvider, linking: Linking, facts: PageFacts): Promise<Attempted> {
	const rendering = await renderFor(request, person, linking, facts);
	if (rendering.kind === 'broken') return { kind: 'broken', work: person.work, reason: rendering.reason };
	return { kind: 'outcome', work: person.work, attempts: person.attempts + 1, outcome: await provider.send(rendering.email), address: person.to };
}
