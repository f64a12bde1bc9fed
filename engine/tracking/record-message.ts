import { sql } from 'kysely';

import type { Tx } from '../store';

/** What tracking needs of a message's row in the ledger. */
export interface TrackedMessage {
	id: string;
	profile: number;
	enrollment: number | null;
	workflow: string | null;
	step: string;
	channel: string;
	topic: string;
	variant: string | null;
}

/**
 * The message with its profile locked (PROTOCOL rule 3: profiles first), or undefined when either is gone.
 * Read again under the lock: a merge may have moved the message to another profile in between.
 */
export async function lockedMessage(tx: Tx, id: string): Promise<TrackedMessage | undefined> {
	let message = await messageRow(tx, id);
	while (message !== undefined) {
		const profile = await tx.first(sql`select id from profile where id = ${message.profile} ${tx.dialect.forUpdate}`);
		const now = await messageRow(tx, id);
		if (now?.profile === message.profile) return profile === undefined ? undefined : now;
		message = now;
	}
	return undefined;
}

export async function messageRow(reader: Pick<Tx, 'first'>, id: string): Promise<TrackedMessage | undefined> {
	return await reader.first<TrackedMessage>(
		sql<TrackedMessage>`select id, profile, enrollment, workflow, step, channel, topic, variant from message where id = ${id}`,
	);
}

/** already: they were out; the repetition of a one-click POST is no new opt-out. */
export async function markUnsubscribed(tx: Tx, id: string, already: boolean): Promise<void> {
	await tx.run(sql`update message set unsubscribed_at = ${already ? sql`coalesce(unsubscribed_at, ${tx.nowMs})` : sql`${tx.nowMs}`} where id = ${id}`);
}

/** Whether the channel as a whole and this topic are opted out of. For topic '' both are the same. */
export async function optedOut(reader: Pick<Tx, 'all'>, message: TrackedMessage): Promise<{ channel: boolean; topic: boolean }> {
	const rows = await reader.all<{ topic: string; state: string }>(sql<{ topic: string; state: string }>`
		select topic, state from consent where profile = ${message.profile} and channel = ${message.channel} and topic in ('', ${message.topic})`);
	const out = (topic: string): boolean => rows.some((row) => row.topic === topic && row.state !== 'subscribed');
	return { channel: out(''), topic: out(message.topic) };
}
