import { sql } from 'kysely';

import type { Tx } from '../store';
import type { QueuedMessage } from './types';

const HOUR_MS = 3_600_000;
/** Rows stay so long after their expiry: late clicks still count, and the export still tells of them. */
const KEPT_MS = 30 * 86_400_000;
const TIDY_BATCH = 5_000;

/**
 * Puts messages where their people's browsers find them. In the transaction that ends them as sent, so a message is in both or in neither;
 * whose each is says the ledger, which a merge or an erasure may have changed since it was made.
 */
export async function queueIn(tx: Tx, messages: readonly QueuedMessage[]): Promise<void> {
	if (messages.length === 0) return;
	const rows = messages.map(({ message, content, showing }) => ({
		message, kind: showing.kind, slot: showing.kind === 'inline' ? showing.slot : null, content: { ...content, style: showing.style }, rules: showing.rules, priority: showing.priority, any_browser: showing.anyBrowser ? 1 : 0,
		recall: showing.recall ? 1 : 0, most_shows: showing.mostShows, gap_ms: Math.round(showing.gapHours * HOUR_MS), expires_at: tx.nowMs + Math.round(showing.expiresAfterHours * HOUR_MS),
	}));
	const shape = { message: 'text', kind: 'text', slot: 'text', content: 'json', rules: 'json', priority: 'integer', any_browser: 'integer', recall: 'integer', most_shows: 'integer', gap_ms: 'integer', expires_at: 'integer' } as const;
	await tx.run(sql`insert into onsite_message (message, profile, kind, slot, content, rules, priority, any_browser, recall, most_shows, gap_ms, queued_at, expires_at)
		select r.message, m.profile, r.kind, r.slot, r.content, r.rules, r.priority, r.any_browser, r.recall, r.most_shows, r.gap_ms, ${tx.nowMs}, r.expires_at
		from ${tx.dialect.rows(rows, shape, 'r')} join message m on m.id = r.message where m.profile > 0 on conflict (message) do nothing`);
}

/** Removes what expired weeks ago, a bounded number. Answers with how many. */
export async function tidyIn(tx: Tx): Promise<number> {
	return await tx.run(sql`delete from onsite_message where message in (select message from onsite_message where expires_at < ${tx.nowMs - KEPT_MS} limit ${TIDY_BATCH})`);
}
