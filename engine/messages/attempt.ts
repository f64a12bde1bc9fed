import { sql } from 'kysely';

import type { EmailProvider, SendOutcome } from '../channels/types';
import { randomId, type Random } from '../kernel';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { guard, type Addressed, type Verdict, type Work } from './guards';
import { markUnknown, skipAbandoned, skipMessages } from './ledger';
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
	deps: { store: Store; random: Random; settings: Settings; onPoint: (point: string) => void },
	request: EmailSendRequest, works: readonly Work[], provider: EmailProvider, linking: Linking,
): Promise<{ nonce: string; attempted: Attempted[] }> {
	const nonce = randomId(deps.random);
	const verdicts = await deps.store.tx('attempt', async (tx): Promise<Array<Verdict | { kind: 'stopped'; work: Work }>> => {
		const { stopped } = await deps.settings.stopSwitch(tx);
		const judged = await guard(tx, request, works);
		await markUnknown(tx, judged.flatMap((verdict) => (verdict.kind === 'unknown' ? [verdict.work.message] : [])));
		await skipMessages(tx, judged.flatMap((verdict) => (verdict.kind === 'skip' ? [{ id: verdict.work.message, reason: verdict.reason }] : [])));
		await skipAbandoned(tx, judged.flatMap((verdict) => (verdict.kind === 'left' ? [verdict.work.message] : [])));
		if (stopped) return judged.map((verdict) => (verdict.kind === 'attempt' ? { kind: 'stopped', work: verdict.addressed.work } : verdict));
		const going = judged.flatMap((verdict) => (verdict.kind === 'attempt' ? [verdict.addressed.work.message] : []));
		if (going.length > 0) {
			const until = tx.nowMs + (request.provider.timeoutMs ?? DEFAULT_TIMEOUT_MS) + CONFIRM_MARGIN_MS;
			await tx.run(sql`update message set state = 'attempting', attempt_nonce = ${nonce}, attempt_until = ${until}, attempted_at = ${tx.nowMs}, attempts = attempts + 1
				where ${tx.dialect.anyOf(sql`id`, going)}`);
		}
		return judged;
	});
	const attempted = await Promise.all(verdicts.map(async (verdict): Promise<Attempted> => {
		if (verdict.kind !== 'attempt') return verdict;
		return await callProvider(request, verdict.addressed, provider, linking);
	}));
	deps.onPoint('send:after-provider');
	return { nonce, attempted };
}

async function callProvider(request: EmailSendRequest, person: Addressed, provider: EmailProvider, linking: Linking): Promise<Attempted> {
	const rendering = await renderFor(request, person, linking);
	if (rendering.kind === 'broken') return { kind: 'broken', work: person.work, reason: rendering.reason };
	return { kind: 'outcome', work: person.work, attempts: person.attempts + 1, outcome: await provider.send(rendering.email) };
}
