import { sql } from 'kysely';

import { iso } from '../kernel';
import type { PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';
import { happenedAt } from './events';
import type { About } from './find';

/*
 * The customer service window: WhatsApp lets a business write freely to somebody only for 24 hours after they last wrote to that very number
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages#customer-service-windows).
 *
 * Kept by address and sender, as WhatsApp itself counts: whoever the number belongs to after a merge or its undoing, its window is the same. Not derived
 * from events, which name neither number, may be deleted by retention or an undone import, and come under another name where the answer was a word to leave.
 */

/** Who is past it is sent nothing that WhatsApp would refuse after it has taken it; a minute less, for the way there. */
const WINDOW_MS: Readonly<Record<string, number>> = { whatsapp: 24 * 3_600_000 - 60_000 };
/** The longest of them: what is older says nothing any more. */
const LONGEST_MS = 24 * 3_600_000;

/** Of people who wrote or pressed something; strangers' numbers are not kept. One statement. Their profiles are locked. */
export async function openWindows(tx: Tx, found: readonly About[]): Promise<void> {
	const opened = new Map<string, { channel: string; address: string; sender: string; at: number }>();
	for (const { report, channel, address } of found) {
		const at = happenedAt(report, tx.nowMs);
		if (address === null || at <= tx.nowMs - LONGEST_MS) continue;
		for (const sender of new Set(report.opensWindow?.map(senderKey))) {
			const key = JSON.stringify([channel, address, sender]);
			if ((opened.get(key)?.at ?? 0) < at) opened.set(key, { channel, address, sender, at });
		}
	}
	if (opened.size === 0) return;
	await tx.run(sql`insert into service_window (channel, address, sender, at) select channel, address, sender, at
		from ${tx.dialect.rows([...opened.values()], { channel: 'text', address: 'text', sender: 'text', at: 'integer' }, 'r')} where true
		on conflict (channel, address, sender) do update set at = case when excluded.at > service_window.at then excluded.at else service_window.at end`);
}

/** Which of these addresses this sender may write to freely now. One statement. Under the lock of their profiles it stays so, but for the time. */
export async function openTo(reader: Reader, channel: string, sender: string, addresses: readonly string[]): Promise<Set<string>> {
	const asked = [...new Set(addresses)];
	const since = reader.nowMs - (WINDOW_MS[channel] ?? 0);
	if (asked.length === 0) return new Set();
	const rows = await reader.all(sql<{ address: string }>`select address from service_window where channel = ${channel} and sender = ${senderKey(sender)} and at > ${since} and ${reader.dialect.anyOf(sql.ref('address'), asked)}`);
	return new Set(rows.map(({ address }) => address));
}

/** Called with the sweep of messages. */
export async function removeClosed(tx: Tx): Promise<void> {
	await tx.run(sql`delete from service_window where at <= ${tx.nowMs - LONGEST_MS}`);
}

/** Numbers are written with a plus, blanks and brackets, or without. */
function senderKey(sender: string): string {
	return /^\+?[\d\s().-]+$/.test(sender) ? sender.replace(/\D/g, '') : sender.toLowerCase();
}

/** By their phone numbers, which merges and their undoing move by themselves. */
export const serviceWindowsKeeper: PersonKeeper = {
	name: 'serviceWindows',
	tables: ['service_window'],
	merge: () => Promise.resolve(null),
	mergeAll: (_tx, merges) => Promise.resolve(merges.map(() => null)),
	unmerge: () => Promise.resolve(),
	export: async (reader, profile) => {
		const rows = await reader.all(sql<{ channel: string; address: string; sender: string; at: number }>`select channel, address, sender, at from service_window
			where address in (select value from identity where profile = ${profile} and kind = 'phone') order by channel, address, sender`);
		return rows.map(({ channel, address, sender, at }) => ({ channel, address, sender, lastWroteAt: iso(Number(at)) }));
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from service_window where channel = 'whatsapp' and address in (select value from identity where kind = 'phone' and ${tx.dialect.anyOf(sql.ref('profile'), profiles)})`);
	},
};
