import { sql } from 'kysely';

import { addressKindAt } from '../consent';
import type { IdentityOptions } from '../profiles';
import type { Tx } from '../store';
import { happenedAt } from './events';
import { addressesOf } from './find';
import { sentFromKey, sentToKey, THROUGH_ANY } from './sent-to';
import type { SignedReport } from './types';

/*
 * Which message an answer is about that does not say so, as no text message does: the newest that went to that address before it, from the number it came to where both
 * are known. A guess, by which nothing is proven: neither that the message has left, nor for which run of a journey the answer is meant (events.ts).
 */

/** What is older is not answered any more, but a conversation begun anew. */
export const ANSWERED_WITHIN_MS = 7 * 24 * 3_600_000;

/** Services tell times in whole seconds: an answer seems to come before what it answers. */
const SECOND_MS = 1_000;

interface Candidate {
	n: number;
	id: string;
	state: string;
	attempted_at: number;
}

/** Gives answers that name no message theirs. A word to leave, to come back or for help is none. One statement for any number, along message_sent_to. */
export async function tieToNewest(tx: Tx, reports: readonly SignedReport[], secret: Uint8Array, options: IdentityOptions): Promise<SignedReport[]> {
	const rows = reports.flatMap((report, n) => {
		if (!isOpen(report)) return [];
		const at = happenedAt(report, tx.nowMs);
		return addressesOf(report, options).flatMap((address) => [report.provider, THROUGH_ANY].flatMap((provider) =>
			sendersOf(report).map((sender) => ({ n, key: sentToKey(secret, { channel: report.channel, provider, kind: address.kind, address: address.value }), sender, at }))));
	});
	if (rows.length === 0) return [...reports];
	// An attempt under way may be what is answered, and nobody knows yet whether it leaves: then none is named rather than the one before it.
	const found = await tx.all(sql<Candidate>`select r.n, m.id, m.state, m.attempted_at from ${tx.dialect.rows(rows, { n: 'integer', key: 'text', sender: 'text', at: 'integer' }, 'r')}
		join message m on m.id = (select c.id from message c where c.sent_to = r.key and c.attempted_at < r.at + ${SECOND_MS} and c.attempted_at > r.at - ${ANSWERED_WITHIN_MS}
			and c.state in ('sent', 'unknown', 'attempting') and (c.bounced_at is null or c.delivered_at is not null) and (r.sender is null or c.sent_from is null or c.sent_from = r.sender)
			order by c.attempted_at desc limit 1)`);
	const newest = new Map<number, Candidate>();
	for (const one of found) {
		const other = newest.get(one.n);
		if (other === undefined || Number(one.attempted_at) > Number(other.attempted_at)) newest.set(one.n, one);
	}
	return reports.map((report, n) => {
		const tied = newest.get(n);
		return tied === undefined || tied.state === 'attempting' ? report : { ...report, message: tied.id, match: 'latest' };
	});
}

function isOpen({ kind, message, providerId, answers, keyword, address, channel, provider }: SignedReport): boolean {
	return kind === 'replied' && message === null && providerId === null && answers === undefined && keyword === undefined && address !== null && addressKindAt(channel, provider) !== undefined;
}

/** Of our numbers that it may have come to; null: any. */
function sendersOf({ to, opensWindow }: SignedReport): Array<string | null> {
	const named = [...new Set((opensWindow ?? [to ?? '']).flatMap((name) => sentFromKey(name) ?? []))];
	return named.length === 0 ? [null] : named;
}
