import { sql } from 'kysely';

import type { JsonValue } from '../kernel';
import type { Merge, PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';
import { NOBODY } from './ledger';

/** The ledger. Links and callbacks name messages, never people: they find the survivor by themselves. */
export const messagesKeeper: PersonKeeper = {
	name: 'messages',
	tables: ['message'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? [],
	mergeAll,
	unmerge: async (tx, { into, from }, undo) => {
		const ids = undo as string[];
		if (ids.length > 0) await tx.run(sql`update message set profile = ${from} where ${tx.dialect.anyOf(sql.ref('id'), ids)} and profile = ${into}`);
	},
	export: exportMessages,
	eraseAll,
};

async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const moved = await tx.all(
		sql<{ id: string; profile: number }>`select id, profile from message where ${tx.dialect.anyOf(sql.ref('profile'), merges.map(({ from }) => from))} order by id`,
	);
	if (moved.length > 0) {
		const pairs = tx.dialect.rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm');
		await tx.run(sql`update message set profile = m."into" from ${pairs} where message.profile = m."from"`);
	}
	return merges.map(({ from }) => moved.filter(({ profile }) => profile === from).map(({ id }) => id));
}

interface Row {
	id: string;
	channel: string;
	purpose: string;
	topic: string;
	state: string;
	reason: string | null;
	provider: string | null;
	provider_id: string | null;
	reserved_at: number;
	attempted_at: number | null;
	ended_at: number | null;
	opened_at: number | null;
	opens: number;
	clicked_at: number | null;
	clicks: number;
	unsubscribed_at: number | null;
}

async function exportMessages(reader: Reader, profile: number): Promise<JsonValue> {
	const rows = await reader.all(sql<Row>`select id, channel, purpose, topic, state, reason, provider, provider_id, reserved_at, attempted_at, ended_at,
		opened_at, opens, clicked_at, clicks, unsubscribed_at from message where profile = ${profile} order by reserved_at, id`);
	return rows.map((row) => ({
		id: row.id, channel: row.channel, purpose: row.purpose, topic: row.topic, state: row.state, reason: row.reason, provider: row.provider, providerId: row.provider_id,
		reservedAt: iso(row.reserved_at), attemptedAt: iso(row.attempted_at), endedAt: iso(row.ended_at),
		openedAt: iso(row.opened_at), opens: row.opens, clickedAt: iso(row.clicked_at), clicks: row.clicks, unsubscribedAt: iso(row.unsubscribed_at),
	}));
}

function iso(ms: number | null): string | null {
	return ms === null ? null : new Date(ms).toISOString();
}

/**
 * The row stays, for the figures of its step, and belongs to nobody (profile 0). One that is being attempted ends in the ledger as
 * it ends, without a word on whom (endAttempts); what waited is never sent. Reasons may quote a mail server, the provider's id leads to
 * the address there, and outside a journey the key holds a hash of it that anybody could compute; the row's id, made of the key
 * and the database's secret (reserveOutside), still keeps a repeated execution from sending again.
 */
async function eraseAll(tx: Tx, profiles: readonly number[]): Promise<void> {
	const mine = tx.dialect.anyOf(sql.ref('profile'), profiles);
	await tx.run(sql`update message set state = 'skipped', ended_at = ${tx.nowMs}, deferred_until = null where ${mine} and state in ('reserved', 'deferred')`);
	await tx.run(sql`update message set profile = ${NOBODY}, reason = case when state = 'attempting' then null else 'erased' end, provider_id = null,
		item_key = case when token = '' then id else item_key end where ${mine}`);
}
