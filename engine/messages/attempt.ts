import { sql } from 'kysely';

import type { ProviderSettings, SendOutcome } from '../channels/types';
import { monotonicMs, randomId } from '../kernel';
import type { Tx } from '../store';
import { brokenBy } from './broken';
import { callProvider, PATIENCE_MS, type Called } from './calls';
import type { Billed, MessageFacts, Rendering, Sending } from './channel';
import { readContentFacts } from './content-facts';
import { readExtraFacts } from './extras';
import { guard, TIMING_GUARDS, type Addressed, type Verdict, type Work } from './guards';
import type { MessagesDeps } from './index';
import { LOCAL_NONCE, markUnknown, NO_ANSWER, skipAbandoned, skipMessages, tellSegments } from './ledger';
import { chooseContents, forgetTemplates, textsWithBlocks } from './made-of';
import { readPageFacts } from './page-links';
import { sentToOf, type SentTo } from './sent-to';
import { stillAllowing } from './still-allowed';
import type { LedgerRequest, SendRequest } from './types';
import { warmUp, type Taken } from './warm-up';

/** Beyond the provider's own time-out, for the confirmation to be written. */
const CONFIRM_MARGIN_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 60_000;

/** What became of one person in a chunk, before it is confirmed. */
export type Attempted =
	| { kind: 'outcome'; work: Work; attempts: number; outcome: SendOutcome; /** Where it was sent to, normalised; absent: nobody knows. */ address?: string; billed?: Billed }
	/** The template failed for this contact; nothing left. */
	| { kind: 'broken'; work: Work; reason: string }
	| Exclude<Verdict, { kind: 'attempt' }>
	| { kind: 'stopped'; work: Work }
	/** The account failed before this one's turn: nothing was tried. */
	| { kind: 'untried'; work: Work; reason: string }
	/** Its turn did not come in time, or something has to be uploaded first: it is attempted anew. */
	| { kind: 'notBegun'; work: Work };

/**
 * PROTOCOL 14, second half: guards again and `attempting` with a nonce and a deadline in one transaction, then the calls.
 * Everything after the transaction's commit may be lost; the deadline then makes the message `unknown`.
 */
export async function attemptChunk<Request extends SendRequest<unknown, ProviderSettings>, Message>(
	deps: Pick<MessagesDeps, 'store' | 'random' | 'settings' | 'segments' | 'products' | 'onPoint'>, sending: Sending<Request, Message>, works: readonly Work[], width: number,
): Promise<{ nonce: string; attempted: Attempted[]; outcomes: Called[]; taken: Taken | null }> {
	const { channel, request, ledger } = sending;
	const nonce = `${sending.local === null ? '' : LOCAL_NONCE}${randomId(deps.random)}`;
	const waitMs = works.length > width || sending.provider.batch?.fits !== undefined ? PATIENCE_MS : 0;
	const { verdicts, facts, taken } = await deps.store.tx('attempt', async (tx): Promise<{ verdicts: Judged[]; facts: MessageFacts; taken: Taken | null }> => {
		const { verdicts: judged, skipped, taken } = await judgeAll(tx, deps, ledger, works);
		const going = judged.flatMap((verdict) => (verdict.kind === 'attempt' ? [verdict.addressed] : []));
		await markAttempting(tx, nonce, tx.nowMs + waitMs + (request.provider.timeoutMs ?? DEFAULT_TIMEOUT_MS) + CONFIRM_MARGIN_MS, going.map((person) => sentToOf(sending, person)));
		const ofTemplates = await chooseContents(tx, sending, going);
		await forgetTemplates(tx, going.flatMap(({ work, attempts }) => (attempts > 0 && !ofTemplates.has(work.message) ? [work.message] : [])));
		await tellSegments(tx, deps.segments, skipped);
		const facts = { ...(await readPageFacts(tx, ledger, going, ({ work }) => textsWithBlocks(channel, request, work.item))), extras: await readExtraFacts(tx, going) };
		return { verdicts: judged, taken, facts: { ...facts, content: await readContentFacts(tx, deps, sending, going, facts) } };
	});
	const askedAtMs = monotonicMs();
	const readied = await Promise.all(verdicts.map(async (verdict) => (verdict.kind === 'attempt' ? await ready(sending, verdict.addressed, facts) : verdict)));
	const leaving = readied.filter((entry) => entry.kind === 'ready');
	const stillAllowed = stillAllowing(deps, ledger, nonce);
	const outcomes = await callProvider(sending.provider, leaving.map(({ message }) => message), width, async (from) => {
		const allowed = await stillAllowed(leaving.slice(from).map(({ person }) => person));
		return new Set(leaving.flatMap(({ person }, n) => (allowed.has(person.work.message) ? [n] : [])));
	}, askedAtMs);
	deps.onPoint('send:after-provider');
	const trouble = outcomes.find((outcome) => outcome.kind === 'account');
	const told = outcomes.values();
	const attempted = readied.map((entry): Attempted => (entry.kind === 'ready' ? attemptedBy(entry, told.next().value, trouble) : entry));
	return { nonce, attempted, outcomes: [...outcomes, ...readied.flatMap((entry) => (entry.kind === 'outcome' ? [entry.outcome] : []))], taken };
}

/** The account is wrong for everyone: whoever's turn had not come waits without knocking at the door again. */
function attemptedBy<Message>({ person, note, billed }: Extract<Ready<Message>, { kind: 'ready' }>, outcome: Called = { kind: 'notBegun' }, trouble: Called | undefined): Attempted {
	const { work, attempts, to } = person;
	if (outcome.kind !== 'notBegun') return { kind: 'outcome', work, attempts: attempts + 1, outcome: noted(outcome, note), address: to, ...(billed === undefined ? {} : { billed }) };
	return trouble?.kind === 'account' ? { kind: 'untried', work, reason: trouble.reason } : { kind: 'notBegun', work };
}

export type Judged = Verdict | { kind: 'stopped'; work: Work };

/** Guards and kill switch, and the ledger's lines of those who are kept back for good; `skipped`: whose segments have to be told. */
export async function judgeAll(tx: Tx, { settings }: Pick<MessagesDeps, 'settings'>, request: LedgerRequest, works: readonly Work[]): Promise<{ verdicts: Judged[]; skipped: number[]; taken: Taken | null }> {
	const { stopped } = await settings.stopSwitch(tx);
	const values = await settings.current(tx);
	const allowed = (await guard(tx, request, works, values)).map((verdict) => (stopped ? whenStopped(verdict) : verdict));
	const { verdicts, taken } = await warmUp(tx, request, allowed, values);
	const told = await markUnknown(tx, verdicts.flatMap((verdict) => (verdict.kind === 'unknown' ? [verdict.work.message] : [])), request.memo === 'gate' ? NO_ANSWER : undefined);
	const skipped = await skipMessages(tx, verdicts.flatMap((verdict) => (verdict.kind === 'skip' ? [{ id: verdict.work.message, guard: verdict.guard, reason: verdict.reason }] : [])));
	await skipAbandoned(tx, verdicts.flatMap((verdict) => (verdict.kind === 'left' ? [verdict.work.message] : [])));
	return { verdicts, skipped: [...new Set([...skipped, ...told])], taken };
}

export async function markAttempting(tx: Tx, nonce: string, untilMs: number, messages: readonly SentTo[]): Promise<void> {
	if (messages.length === 0) return;
	const attempting = sql`state = 'attempting', attempt_nonce = ${nonce}, attempt_until = ${untilMs}, attempted_at = ${tx.nowMs}, attempts = attempts + 1`;
	if (messages.every(({ to }) => to === null)) await tx.run(sql`update message set ${attempting} where ${tx.dialect.anyOf(sql`id`, messages.map(({ id }) => id))}`);
	else await tx.run(sql`update message set ${attempting}, sent_to = r."to", sent_from = r."from" from ${tx.dialect.rows(messages, { id: 'text', to: 'text', from: 'text' }, 'r')} where message.id = r.id`);
}

/** Whoever could be sent to, now or later, waits for the resume; it may be allowed by then what is too much or too late now. */
function whenStopped(verdict: Verdict): Verdict | { kind: 'stopped'; work: Work } {
	if (verdict.kind === 'attempt') return { kind: 'stopped', work: verdict.addressed.work };
	const later = verdict.kind === 'hold' || (verdict.kind === 'skip' && TIMING_GUARDS.has(verdict.guard));
	return later ? { kind: 'stopped', work: verdict.work } : verdict;
}

type Ready<Message> = { kind: 'ready'; person: Addressed; message: Message; note: string | null; billed?: Billed } | Extract<Attempted, { kind: 'broken' | 'notBegun' | 'outcome' }>;

async function ready<Request extends SendRequest<unknown, ProviderSettings>, Message>({ channel, request, linking, uploads }: Sending<Request, Message>, person: Addressed, facts: MessageFacts): Promise<Ready<Message>> {
	const { work, attempts, to } = person;
	const rendering = await rendered();
	if (rendering.kind === 'broken') return { kind: 'broken', work, reason: rendering.reason };
	const upload = uploads?.of(rendering.message) ?? { kind: 'ready', message: rendering.message };
	switch (upload.kind) {
		case 'ready':
			return { kind: 'ready', person, message: upload.message, note: rendering.note ?? null, ...(rendering.billed === undefined ? {} : { billed: rendering.billed }) };
		case 'missing':
			return { kind: 'notBegun', work };
		case 'broken':
			return { kind: 'broken', work, reason: upload.reason };
		case 'outcome':
			return { kind: 'outcome', work, attempts: attempts + 1, outcome: upload.outcome, address: to };
	}

	async function rendered(): Promise<Rendering<Message>> {
		try {
			return await channel.render(request, person, linking, facts);
		} catch (error) {
			return brokenBy(error, channel.words.message);
		}
	}
}

/** What did not leave with an accepted mail stands in the ledger. */
function noted(outcome: SendOutcome, note: string | null): SendOutcome {
	if (outcome.kind !== 'accepted' || note === null) return outcome;
	return { ...outcome, note: outcome.note === undefined ? note : `${note}; ${outcome.note}` };
}
