import type { Events } from '../events';
import type { Tx } from '../store';

/**
 * A new link to the preference centre in place of an expired one. The page never shows it: the old one may have been forwarded. It
 * writes an event, by which a journey starts that mails `links.preferencesUrl` to the person's own address (workflows/preference-link.json).
 */
export const LINK_REQUESTED = 'Preference Link Requested';

/** One a person in this time, however often and by however many old links it is asked for: nobody can fill somebody else's inbox. */
const ONCE_IN_MS = 3_600_000;

export async function requestLink(tx: Tx, { events }: { events: Pick<Events, 'ingestIn'> }, profile: number): Promise<void> {
	await events.ingestIn(tx, [{
		type: 'track', event: LINK_REQUESTED, profileId: profile, properties: {}, messageId: `preference-link:${profile}:${Math.floor(tx.nowMs / ONCE_IN_MS)}`,
	}], { source: 'preferences', own: true });
}
