import { sql } from 'kysely';

import type { Tx } from '../store';

/**
 * Codes given for these messages are free again where a message ended before any service was handed it: its person opted out, or left the journey, before their turn came.
 * Whatever was tried but once may have been seen, also by a service that said no. One statement.
 */
export async function takeBackCoupons(tx: Tx, messages: readonly string[]): Promise<void> {
	if (messages.length === 0) return;
	await tx.run(sql`update coupon set profile = null, journey = null, enrollment = null, message = null, shown = 0, given_at = null, expires_at = null
		where ${tx.dialect.anyOf(sql`message`, messages)} and redeemed_at is null
		and exists (select 1 from message m where m.id = coupon.message and m.state = 'skipped' and m.attempts = 0)`);
}
