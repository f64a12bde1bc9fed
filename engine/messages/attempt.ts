import { sql } from 'kysely';

import type { EmailProvider, SendOutcome } from '../channels/types';
import { randomId } from '../kernel';
import { guard, TIMING_GUARDS, type Addressed, type Verdict, type Work } from './guards';
import type { MessagesDeps } from './index';
import { markUnknown, skipAbandoned, skipMessages, tellSegments } from './ledger';
import { readPageFacts, type PageFacts } from './page-links';
import { renderFor, type Linking } from './render';
import type { EmailSendRequest } from './types';

/** Beyond the provider's own time-out, for the confirmation to be written. */
const CONFIRM_MARGIN_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 60_000;

/** What became of one person in a chunk, before it is confirmed. */
export type Attempted =
	| { kind: 'outcome'; work: Work; attempts: number; outcome: SendOutcome }
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
	const { verdicts, facts } = await deps.store.tx('attempt', async (tx): Promise<{ verdicts: Array<Verdict | { kind: 'stopped'; work: Work }>; facts: PageFacts }> => {
		const { stopped } = await deps.settings.stopSwitch(tx);
		const judged = (await guard(tx, request, works, await deps.settings.current(tx))).map((verdict) => (stopped ? whenStopped(verdict) : verdict));
		await markUnknown(tx, judged.flatMap((verdict) => (verdict.kind === 'unknown' ? [verdict.work.message] : [])));
		const skipped = await skipMessages(tx, judged.flatMap((verdict) => (verdict.kind === 'skip' ? [{ id: verdict.work.message, guard: verdict.guard, reason: verdict.reason }] : [])));
		await skipAbandoned(tx, judged.flatMap((verdict) => (verdict.kind === 'left' ? [verdict.work.message] : [])));
		const going = judged.flatMap((verdict) => (verdict.kind === 'attempt' ? [verdict.addressed.work.message] : []));
		if (going.length > 0) {
			const until = tx.nowMs + (request.provider.timeoutMs ?? DEFAULT_TIMEOUT_MS) + CONFIRM_MARGIN_MS;
			await tx.run(sql`update message set state = 'attempting', attempt_nonce = ${nonce}, attempt_until = ${until}, attempted_at = ${tx.nowMs}, attempts = attempts + 1
				where ${tx.dialect.anyOf(sql`id`, going)}`);
		}
		await tellSegments(tx, deps.segments, skipped);
		return { verdicts: judged, facts: await readPageFacts(tx, request, judged.flatMap((verdict) => (verdict.kind === 'attempt' ? [verdict.addressed] : []))) };
	});
	const attempted = await Promise.all(verdicts.map(async (verdict): Promise<Attempted> => {
		if (verdict.kind !== 'attempt') return verdict;
		return await callProvider(request, verdict.addressed, provider, linking, facts);
	}));
	deps.onPoint('send:after-provider');
	return { nonce, attempted };
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
	return { kind: 'outcome', work: person.work, attempts: person.attempts + 1, outcome: await provider.send(rendering.email) };
}
