import { askReceipts, knownReceiptAccounts, MOST_RECEIPTS, type Receipt, type ReceiptAccount } from '../../channels/push';
import type { Log } from '../../kernel';
import type { Store } from '../../store';
import type { Reports } from '../index';
import { claimReceipts, forgetOld, settleReceipts, type Asked } from './claim';
import { reportsOf } from './told';

export { keepReceipts } from './keep';

/*
 * What became of notifications at Apple and Google, of a service that is asked for it (Expo). A ticket waits -> is asked for -> is told and gone, or waits again while there is no
 * receipt yet, for a day, as long as Expo keeps them. Rows are claimed by moving the time at which they are due, so one process asks, and those of one that died are
 * asked for again; telling twice says nothing new (a report has one id a message).
 */

/** Calls in one go; the rest is due at the next. */
const MOST_CALLS = 20;
/** One line in this time: the trouble is the same for all of them. */
const LOGGED_EVERY_MS = 3_600_000;

export interface Receipts {
	/** Asks for what is due; at once when it is asking already. Never rejects. */
	ask(): Promise<void>;
	/** Ends after the call that is under way. */
	close(): Promise<void>;
}

export function createReceipts({ store, reports, log }: { store: Store; reports: Pick<Reports, 'take'>; log: Log }): Receipts {
	let asking: Promise<void> | undefined;
	let loggedAtMs: number | undefined;
	let closing = false;

	async function all(): Promise<void> {
		await forgetOld(store);
		for (let calls = 0; calls < MOST_CALLS && !closing; calls += 1) {
			const { asked, nowMs } = await claimReceipts(store, knownReceiptAccounts(), MOST_RECEIPTS);
			const [first] = asked;
			if (first === undefined) return;
			const answers = await askAll(first, asked);
			if (typeof answers === 'string') {
				if (loggedAtMs === undefined || nowMs - loggedAtMs >= LOGGED_EVERY_MS) log.warn('What became of notifications could not be asked for; it is tried again', { provider: 'expo', reason: answers });
				loggedAtMs = nowMs;
				return;
			}
			await reports.take(reportsOf(asked, answers));
			await settleReceipts(store, asked, answers);
		}
	}

	return {
		ask: async () => {
			asking ??= all()
				.catch((error: unknown) => log.error('What became of notifications could not be stored; it is asked for again', { reason: error instanceof Error ? error.message : 'unknown' }))
				.finally(() => {
					asking = undefined;
				});
			await asking;
		},
		close: async () => {
			closing = true;
			await asking;
		},
	};
}

async function askAll(account: ReceiptAccount, asked: readonly Asked[]): Promise<Map<string, Receipt> | string> {
	const open = asked.filter(({ outcome }) => outcome === null).map(({ ticket }) => ticket);
	const answers = new Map<string, Receipt>();
	// Whole messages are claimed, so the last may go beyond what one call takes.
	for (let at = 0; at < open.length; at += MOST_RECEIPTS) {
		const told = await askReceipts(account, open.slice(at, at + MOST_RECEIPTS));
		if (typeof told === 'string') return told;
		for (const [ticket, receipt] of told) answers.set(ticket, receipt);
	}
	return answers;
}
