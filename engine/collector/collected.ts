import type { TrackingMessage } from '../events/types';
import type { CollectedEvent } from './types';

/** What a view or a call without a name of its own is known by: 'Page Viewed', 'identify'. */
export function nameOf({ type, event }: TrackingMessage): string {
	return type === 'track' ? (event ?? '') : type === 'page' ? 'Page Viewed' : type === 'screen' ? 'Screen Viewed' : type;
}

/** What was accepted; whether its person may be shared is asked when it is handed out, since they may say so while it waits. */
export type Accepted = Omit<CollectedEvent, 'doNotSell'>;

/** An accepted message as the trigger gives it. */
export function eventOf(message: TrackingMessage, profileId: number | null, source: string, nowMs: number): Accepted {
	const { type, timestamp, userId, anonymousId, messageId, properties, traits, groupId, previousId } = message;
	return {
		type, event: nameOf(message), profileId, source,
		...(userId === undefined ? {} : { userId }),
		...(anonymousId === undefined ? {} : { anonymousId }),
		...(messageId === undefined ? {} : { messageId }),
		...(properties === undefined ? {} : { properties }),
		...(traits === undefined ? {} : { traits }),
		...(groupId === undefined ? {} : { groupId }),
		...(previousId === undefined ? {} : { previousId }),
		timestamp: new Date(Math.min(Number(timestamp ?? nowMs), nowMs)).toISOString(),
		receivedAt: new Date(nowMs).toISOString(),
	};
}
