import type { ConsentStep } from '../../consent/types';
import type { Tx } from '../../store';
import { enterWith, inRounds } from './enter-with';
import type { ListeningBy } from './listening';

/** What a journey that starts by this step is found by. */
export function consentName({ channel, topic }: Pick<ConsentStep, 'channel' | 'topic'>): string {
	return `${channel} ${topic}`;
}

/** Lets those in who have just come to say this of the channel or topic. What follows for a topic from its channel is the guards' to know: a journey starts by what was said. */
export async function enterByConsent(tx: Tx, journey: ListeningBy<'consent'>, steps: readonly ConsentStep[]): Promise<number> {
	const { state } = journey.config.entry;
	const matching = steps.filter((step) => step.to === state && consentName(step) === journey.entry_name);
	let entered = 0;
	for (const round of inRounds(matching)) {
		const entrants = round.map(({ profile, channel, topic, from, to }) => ({ profile, data: { name: 'Consent Changed', properties: { channel, topic, from, to } } }));
		entered += (await enterWith(tx, journey, entrants, 'consent')).size;
	}
	return entered;
}
