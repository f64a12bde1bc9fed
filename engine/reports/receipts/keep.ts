import { sql } from 'kysely';

import type { AskedLater } from '../../channels/types';
import { hashId } from '../../kernel';
import type { Tx } from '../../store';

/** When Expo says to ask, under load half an hour (https://docs.expo.dev/push-notifications/sending-notifications/#check-push-receipts-for-errors). */
export const ASK_AFTER_MS = 15 * 60_000;

/** A token is an address: what it is asked by holds for a day only, but nobody erases a row that names no person. */
export function deviceKey(token: string): string {
	return hashId('push receipt', token);
}

/** Of messages that have left, within the transaction that says so. */
export async function keepReceipts(tx: Tx, sent: ReadonlyArray<{ message: string; receipts: AskedLater }>): Promise<void> {
	const rows = sent.flatMap(({ message, receipts: { baseUrl, account, tickets } }) => tickets.map(({ ticket, device }) => ({ ticket, message, device: deviceKey(device), base_url: baseUrl, account })));
	if (rows.length === 0) return;
	const shape = { ticket: 'text', message: 'text', device: 'text', base_url: 'text', account: 'text' } as const;
	await tx.run(sql`insert into push_receipt (ticket, message, device, base_url, account, sent_at, due_at)
		select r.ticket, r.message, r.device, r.base_url, r.account, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), cast(${tx.nowMs + ASK_AFTER_MS} as ${sql.raw(tx.dialect.types.int)}) from ${tx.dialect.rows(rows, shape, 'r')} where true on conflict do nothing`);
}
