import { sql } from 'kysely';

import type { Receipt, ReceiptAccount } from '../../channels/push';
import { devicesOf, removeDevices, type GoneDevice } from '../../devices';
import { lockProfiles } from '../../profiles';
import type { Store, Tx } from '../../store';
import { ASK_AFTER_MS, deviceKey } from './keep';

/** Expo keeps receipts for so long. */
const KEPT_MS = 24 * 3_600_000;
/** Until somebody else asks: longer than a call takes. */
const LEASE_MS = 5 * 60_000;
const BATCH = 5_000;

/** A ticket of a message that is being asked about; outcome null: not known yet. */
export interface Asked extends ReceiptAccount {
	ticket: string;
	message: string;
	device: string;
	sentAtMs: number;
	outcome: Receipt['kind'] | null;
	reason: string | null;
}

interface Row {
	ticket: string;
	message: string;
	device: string;
	base_url: string;
	account: string | null;
	sent_at: number;
	outcome: Receipt['kind'] | null;
	reason: string | null;
}

/** Tickets of one account, whole messages, about `most`. A dead process's are due again after the lease. */
export async function claimReceipts(store: Store, accounts: readonly string[], most: number): Promise<{ asked: Asked[]; nowMs: number }> {
	const due = await store.read(async (reader) => {
		const mine = accounts.length === 0 ? sql`account is null` : sql`(account is null or ${reader.dialect.anyOf(sql.ref('account'), accounts)})`;
		return await reader.first(sql<{ base_url: string; account: string | null }>`select base_url, account from push_receipt where due_at <= ${reader.nowMs} and outcome is null and ${mine} order by due_at limit 1`);
	});
	// Asked every second: only what is due takes a transaction.
	if (due === undefined) return { asked: [], nowMs: 0 };
	return await store.tx('push-receipts-claim', async (tx) => {
		const first = due;
		const same = sql`base_url = ${first.base_url} and ${first.account === null ? sql`account is null` : sql`account = ${first.account}`}`;
		const rows = await tx.all(sql<Row>`update push_receipt set due_at = ${tx.nowMs + LEASE_MS} where due_at <= ${tx.nowMs} and ${same}
			and message in (select message from push_receipt where due_at <= ${tx.nowMs} and outcome is null and ${same} order by due_at limit ${sql.lit(most)})
			returning ticket, message, device, base_url, account, sent_at, outcome, reason`);
		return { nowMs: tx.nowMs, asked: rows.map((row) => ({ ticket: row.ticket, message: row.message, device: row.device, baseUrl: row.base_url, account: row.account, sentAtMs: Number(row.sent_at), outcome: row.outcome, reason: row.reason })) };
	});
}

/** Of which nothing will be told any more. */
export async function forgetOld(store: Store): Promise<void> {
	const old = await store.read((reader) => reader.first(sql<{ ticket: string }>`select ticket from push_receipt where due_at <= ${reader.nowMs} and sent_at < ${reader.nowMs - KEPT_MS} limit 1`));
	if (old === undefined) return;
	await store.tx('push-receipts-forget', (tx) => tx.run(sql`delete from push_receipt where ticket in (select ticket from push_receipt where due_at <= ${tx.nowMs} and sent_at < ${tx.nowMs - KEPT_MS} limit ${BATCH})`));
}

/** After they were told: devices that are gone are removed; messages of which all is known are forgotten, the others are asked about again, each time later. */
export async function settleReceipts(store: Store, asked: readonly Asked[], answers: ReadonlyMap<string, Receipt>): Promise<void> {
	await store.tx('push-receipts', async (tx) => {
		await removeGone(tx, asked.filter(({ ticket }) => answers.get(ticket)?.kind === 'gone'));
		const open = new Set(asked.filter(({ ticket, outcome }) => outcome === null && !answers.has(ticket)).map(({ message }) => message));
		const done = asked.filter(({ message }) => !open.has(message)).map(({ ticket }) => ticket);
		if (done.length > 0) await tx.run(sql`delete from push_receipt where ${tx.dialect.anyOf(sql.ref('ticket'), done)}`);
		const left = asked.filter(({ message }) => open.has(message)).map(({ ticket, sentAtMs, outcome, reason }) => {
			const answer = answers.get(ticket);
			return { ticket, due_at: tx.nowMs + Math.max(ASK_AFTER_MS, tx.nowMs - sentAtMs), outcome: answer?.kind ?? outcome, reason: answer === undefined || answer.kind === 'ok' ? reason : answer.reason };
		});
		if (left.length === 0) return;
		await tx.run(sql`update push_receipt set due_at = r.due_at, outcome = r.outcome, reason = r.reason from ${tx.dialect.rows(left, { ticket: 'text', due_at: 'integer', outcome: 'text', reason: 'text' }, 'r')} where push_receipt.ticket = r.ticket`);
	});
}

/** Of whose the messages are by now; a device that somebody else has stays theirs. */
async function removeGone(tx: Tx, gone: readonly Asked[]): Promise<void> {
	if (gone.length === 0) return;
	const find = () => tx.all(sql<{ id: string; profile: number }>`select id, profile from message where ${tx.dialect.anyOf(sql.ref('id'), [...new Set(gone.map(({ message }) => message))])} and profile > 0`);
	await lockProfiles(tx, [...new Set((await find()).map(({ profile }) => profile))]);
	const owners = new Map((await find()).map(({ id, profile }) => [id, profile]));
	const devices = await devicesOf(tx, 'push', [...new Set(owners.values())], ['expo']);
	await removeDevices(tx, 'push', gone.flatMap(({ message, device }): GoneDevice[] => {
		const profile = owners.get(message);
		const found = profile === undefined ? undefined : devices.get(profile)?.find(({ address }) => deviceKey(address) === device);
		return profile === undefined || found === undefined ? [] : [{ profile, address: found.address }];
	}));
}
