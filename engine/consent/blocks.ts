import { sql, type RawBuilder } from 'kysely';

import type { Dialect } from '../store';

export interface ConsentScope {
	channel: string;
	/** SQL of the topic ('' for the whole channel). */
	topicRef: RawBuilder<unknown>;
	/** SQL of the profile's id. */
	profileRef: RawBuilder<unknown>;
}

/**
 * True when the person's state for the whole channel, or for this topic, is unsubscribed or pending: the stricter of the two
 * wins, so a topic's "subscribed" never overrides an opt-out of the channel. No state at all blocks nothing (email).
 */
export function consentBlocksSql(_dialect: Dialect, { channel, topicRef, profileRef }: ConsentScope): RawBuilder<boolean> {
	return sql<boolean>`exists (select 1 from consent where consent.profile = ${profileRef} and consent.channel = ${channel}
		and consent.topic in ('', ${topicRef}) and consent.state in ('unsubscribed', 'pending'))`;
}
