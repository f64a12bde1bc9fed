import type { BatchOutcome, Provider, SendOutcome } from '../channels/types';
import { monotonicMs } from '../kernel';

/** How long sends of one attempt begin. Who has waited longer for their turn is asked of the guards anew: somebody may have opted out meanwhile. */
export const PATIENCE_MS = 2_000;

/** How long an answer to who may still be begun holds: nobody's message begins later than this after somebody has looked. */
export const FRESH_MS = 20;

/** How many times a provider's concurrency one attempt may grow to: of as many messages it is not known whether they left when the process dies. */
export const MOST_TURNS = 5;

export type Called = BatchOutcome;

const UNTOLD: SendOutcome = { kind: 'ambiguous', reason: 'The service did not say what became of this message' };

/** Which of the messages from..to (not included), by their places, may still be begun. */
export type MayBegin = (from: number, to: number) => Promise<ReadonlySet<number>>;

/**
 * One outcome a message, in their order. One call for all where the service takes many; else `width` at a time until patience is over or the account has
 * failed; whoever begins later than askedAtMs, when all guards were asked, is asked about by mayBegin. A provider never throws; one that does takes nobody along, since the others' messages are under way.
 */
export async function callProvider<Message>(provider: Provider<Message>, messages: readonly Message[], width: number, mayBegin: MayBegin, askedAtMs = monotonicMs()): Promise<Called[]> {
	if (messages.length === 0) return [];
	if (provider.batch === undefined) return await callEach(provider, messages, width, mayBegin, askedAtMs);
	const { batch } = provider;
	const outcomes = await orElse(() => batch.send(messages), []);
	// In another number they cannot be told apart: whose message left is then unknown.
	return outcomes.length === messages.length ? outcomes : messages.map(() => UNTOLD);
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
 * twice as many the next time, one that stumbled only as many as it sends at a time. Of batches those that fit into one call: large files leave room for few.
 */
export function chunkSize<Message>(provider: Provider<Message>, width: number): number {
	return Math.min(paces.get(provider) ?? provider.batch?.size ?? width, provider.batch?.size ?? width * MOST_TURNS);
}

export function notePace<Message>(provider: Provider<Message>, width: number, outcomes: readonly Called[]): void {
	if (provider.batch !== undefined) {
		const begun = outcomes.filter(({ kind }) => kind !== 'notBegun').length;
		if (begun < outcomes.length) paces.set(provider, Math.max(1, begun));
		else if (begun > 0) paces.set(provider, chunkSize(provider, width) * 2);
		return;
	}
	const smooth = outcomes.every(({ kind }) => kind === 'accepted' || kind === 'permanent');
	if (!smooth) paces.set(provider, width);
	else if (outcomes.length >= width) paces.set(provider, chunkSize(provider, width) * 2);
}
