import type { Provider, SendOutcome } from '../channels/types';
import { monotonicMs } from '../kernel';

/** How long sends of one attempt begin. Who has waited longer for their turn is asked of the guards anew: somebody may have opted out meanwhile. */
export const PATIENCE_MS = 2_000;

/** How long an answer to who may still be begun holds: nobody's message begins later than this after somebody has looked. */
export const FRESH_MS = 20;

/** How many times a provider's concurrency one attempt may grow to: of as many messages it is not known whether they left when the process dies. */
export const MOST_TURNS = 5;

/** notBegun: the provider was never asked, so that it certainly has not left. */
export type Called = SendOutcome | { kind: 'notBegun' };

const UNTOLD: SendOutcome = { kind: 'ambiguous', reason: 'The service did not say what became of this message' };

/** Which of the messages from..to (not included), by their places, may still be begun. */
export type MayBegin = (from: number, to: number) => Promise<ReadonlySet<number>>;

/**
 * One outcome a message, in their order. Where the service takes many, one call after the other; else `width` at a time until patience is over or the account has
 * failed; whoever begins later than askedAtMs, when all guards were asked, is asked about by mayBegin. A provider never throws; one that does takes nobody along, since the others' messages are under way.
 */
export async function callProvider<Message>(provider: Provider<Message>, messages: readonly Message[], width: number, mayBegin: MayBegin, askedAtMs = monotonicMs()): Promise<Called[]> {
	if (messages.length === 0) return [];
	return provider.batch === undefined ? await callEach(provider, messages, width, mayBegin, askedAtMs) : await callTogether(provider.batch, messages, mayBegin, askedAtMs);
}

/** One call after the other, each with as many as it takes: a mail of the last must not leave for somebody who has opted out since the first, nor while hundreds were rendered. */
async function callTogether<Message>(batch: NonNullable<Provider<Message>['batch']>, messages: readonly Message[], mayBegin: MayBegin, askedAtMs: number): Promise<Called[]> {
	const outcomes: Called[] = messages.map(() => ({ kind: 'notBegun' }));
	const untilMs = monotonicMs() + PATIENCE_MS;
	for (let from = 0, to = 0; from < messages.length; from = to) {
		if (from > 0 && monotonicMs() >= untilMs) break;
		const rest = messages.slice(from);
		to = from + (batch.fits?.(rest) ?? rest.length);
		const isFresh = monotonicMs() - askedAtMs <= FRESH_MS;
		const allowed = isFresh ? null : await orElse(() => mayBegin(from, to), new Set<number>());
		const going = [...messages.keys()].slice(from, to).filter((n) => allowed === null || allowed.has(n));
		const told = going.length === 0 ? [] : await orElse(() => batch.send(going.map((n) => messages[n] as Message)), []);
		// In another number they cannot be told apart: whose message left is then unknown.
		going.forEach((n, at) => (outcomes[n] = told.length === going.length ? (told[at] ?? UNTOLD) : UNTOLD));
		if (told.some(({ kind }) => kind === 'account')) break;
	}
	return outcomes;
}

async function callEach<Message>(provider: Provider<Message>, messages: readonly Message[], width: number, mayBegin: MayBegin, askedAtMs: number): Promise<Called[]> {
	const outcomes: Called[] = messages.map(() => ({ kind: 'notBegun' }));
	const untilMs = monotonicMs() + PATIENCE_MS;
	const turns = messages.entries();
	/** By turn. */
	const asked = new Map<number, { atMs: number; answer: Promise<ReadonlySet<number>> }>([[0, { atMs: askedAtMs, answer: Promise.resolve(new Set(messages.keys())) }]]);
	let refused = false;
	async function isAllowed(n: number): Promise<boolean> {
		const from = n - (n % width);
		let last = asked.get(from);
		if (last === undefined || monotonicMs() - last.atMs > FRESH_MS) {
			last = { atMs: monotonicMs(), answer: orElse(() => mayBegin(n, Math.min(from + width, messages.length)), new Set()) };
			asked.set(from, last);
		}
		return (await last.answer).has(n);
	}
	async function takeTurns(): Promise<void> {
		for (const [n, message] of turns) {
			const allowed = await isAllowed(n);
			if (refused || (n >= width && monotonicMs() >= untilMs)) return;
			if (!allowed) continue;
			const outcome = await orElse(() => provider.send(message), UNTOLD);
			outcomes[n] = outcome;
			if (outcome.kind === 'account') refused = true;
		}
	}
	await Promise.all(Array.from({ length: width }, takeTurns));
	return outcomes;
}

async function orElse<Result>(work: () => Promise<Result>, instead: Result): Promise<Result> {
	try {
		return await work();
	} catch {
		return instead;
	}
}

/** Messages of the next attempt of each provider. */
const paces = new WeakMap<object, number>();

/**
 * How many messages an attempt takes. Two transactions with their flushes to disk stand around each: a provider that took everything within its time gets
 * twice as many the next time, one that stumbled only as many as it sends at a time.
 */
export function chunkSize<Message>(provider: Provider<Message>, width: number): number {
	return provider.batch?.size ?? Math.min(paces.get(provider) ?? width, width * MOST_TURNS);
}

export function notePace<Message>(provider: Provider<Message>, width: number, outcomes: readonly Called[]): void {
	const smooth = outcomes.every(({ kind }) => kind === 'accepted' || kind === 'permanent');
	if (!smooth) paces.set(provider, width);
	else if (outcomes.length >= width) paces.set(provider, chunkSize(provider, width) * 2);
}
