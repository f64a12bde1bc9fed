import type { Consent, ConsentChange } from '../consent';
import { isChannel } from '../kernel';
import type { Tx } from '../store';
import type { Attempted } from './attempt';

/**
 * Who has told the service to stop, and whom we did not hear: within the transaction that confirms the failure, whose caller has locked the profiles, since no
 * callback follows a refusal. They leave the whole channel, as by the callback that would have told it. What is known already is written once.
 */
export async function noteOptOuts(tx: Tx, consent: Pick<Consent, 'setIn'>, { channel, provider }: { channel: string; provider: string }, attempted: readonly Attempted[]): Promise<void> {
	const changes = attempted.flatMap((entry): ConsentChange[] => {
		if (entry.kind !== 'outcome' || entry.outcome.kind !== 'permanent' || entry.outcome.optedOut !== true || !isChannel(channel)) return [];
		const { profile, message } = entry.work;
		return [{ profile, channel, topic: '', state: 'unsubscribed', source: provider, seen: { message } }];
	});
	if (changes.length > 0) await consent.setIn(tx, changes);
}
