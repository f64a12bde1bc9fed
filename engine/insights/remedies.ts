import type { GuardName, MessageState } from '../messages/types';

const BY_GUARD: Record<GuardName, string> = {
	'journey pause': 'Resume the journey in Journey Control (Journey: Resume).',
	holdout: 'Nothing: this person belongs to the group that gets no messages, so that results can be compared.',
	address: 'Give the profile a usable address (Profile Engine: Profile: Create or Update).',
	suppression: 'The address has to leave the suppression list (Profile Engine: Suppression: Remove), if the person really wants messages again.',
	consent: 'The person has to agree: by the preference page, by a double opt-in (Profile Engine: Consent: Request), or with proof by Consent: Set.',
	'service window': 'The person has to write on WhatsApp first: for 24 hours after that they may be written to freely. Or the step sends a template (When the Window Is Closed).',
	'send time': 'Time: it goes at the time of day of its variant, where the person is. The variants are in the step that sends it.',
	pause: 'The pause that the person chose ends by itself, or when they take it back on the preference page.',
	'frequency cap': 'Time: the next one may go when earlier messages are old enough. The caps are in Profile Engine: Settings.',
	'quiet hours': 'Time: it may go when the quiet hours where the person is are over. They are in Profile Engine: Settings.',
	'warm-up': 'Time: it goes on a day on which the sender\'s warm-up plan has room. The plans are in Profile Engine: Settings.',
	'blackout date': 'Time: it may go after the blackout date. These are in Profile Engine: Settings.',
};

/** What would let a message through. null: nothing keeps it back. */
export function remedyFor({ state, guard, reason }: { state: MessageState; guard: GuardName | null; reason: string | null }): string | null {
	if (state === 'sent' || state === 'reserved' || state === 'attempting') return null;
	// Newer guards than this list knows still have their reason.
	if (guard !== null) return BY_GUARD[guard] ?? null;
	if (state === 'unknown') return 'It may have left when n8n stopped, so it is not sent again. Ask the mail provider, or the person.';
	if (reason === 'all sending is stopped') return 'Journey Control: Sending: Resume.';
	if (state === 'deferred') return 'It is tried again by itself; the reason says what is wrong until then.';
	if (state === 'failed') return 'The delivery service refused it for good, or it was tried too often. The reason says what to put right; this message is not sent again.';
	return null;
}
