import { sql } from 'kysely';

import { suppressIn } from '../consent';
import { messageEvent } from '../events';
import type { TrackingMessage } from '../events/types';
import { isChannel } from '../kernel';
import type { Tx } from '../store';
import type { EventSink } from './index';
import { SOURCE } from './events';
import { isAddressed } from './find';

/** An address that the service refused for good when the message was handed over. */
export interface DeadAddress {
	message: string;
	/** Normalised, as it was sent to. */
	address: string;
	/** As the ledger names it. */
	provider: string;
	/** Without addresses and secrets. */
	reason: string;
}

interface Owned {
	id: string;
	profile: number;
	enrollment: number | null;
	workflow: string;
	step: string;
	channel: string;
}

/**
 * A bounce that needs no callback: within the transaction that confirms the failure, whose caller has locked the profiles. Nothing is written of somebody erased
 * meanwhile. Answers with whose messages they were. Once a message, however often it is tried.
 */
export async function noteDeadAddresses(tx: Tx, events: EventSink, dead: readonly DeadAddress[]): Promise<number[]> {
	if (dead.length === 0) return [];
	const rows = await tx.all(sql<Owned>`update message set bounced_at = coalesce(bounced_at, ${tx.nowMs}) where ${tx.dialect.anyOf(sql.ref('id'), dead.map(({ message }) => message))} and state = 'failed'
		and exists (select 1 from profile p where p.id = message.profile) returning id, profile, enrollment, workflow, step, channel`);
	const owned = rows.flatMap((row) => dead.filter(({ message }) => message === row.id).map((one) => ({ ...row, ...one })));
	await suppressIn(tx, owned.flatMap(({ channel, address, provider, profile }) => (isChannel(channel) && address !== '' ? [{ channel, address, reason: 'hard-bounce' as const, source: provider, profile: isAddressed(channel) ? null : profile }] : [])));
	const told = owned.flatMap(({ id, profile, enrollment, workflow, step, channel, provider, reason }): TrackingMessage[] => {
		const event = messageEvent(channel, 'bounced');
		if (event === null) return [];
		const properties = { message: id, step, workflow, channel, provider, type: 'hard', category: 'refused', reason };
		return [{ type: 'track', event, profileId: profile, message: id, messageId: `refused:${id}`, properties, ...(enrollment === null ? {} : { enrollment }) }];
	});
	if (told.length > 0) await events.ingestIn(tx, told, { source: SOURCE, own: true });
	return [...new Set(owned.map(({ profile }) => profile))];
}
