import { EngineError, isChannel, isTopic, LONGEST_TOPIC } from '../../kernel';
import type { BestChannelRequest } from './types';

const MOST_CHANNELS = 3;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Throws BAD_INPUT. */
export function checkBestChannel({ step, channels, topic, order, engagedWithinMs, deliveryWithinMs }: BestChannelRequest): void {
	const refuse = (message: string): never => {
		throw new EngineError('BAD_INPUT', `"${step.name}" ${message}`);
	};
	if (channels.length === 0 || channels.length > MOST_CHANNELS) refuse(`needs one channel and has room for two more. Choose one to ${MOST_CHANNELS}.`);
	if (channels.some(({ channel }) => !isChannel(channel))) refuse('names a channel that there is not. Choose it from the list.');
	if (new Set(channels.map(({ channel }) => channel)).size < channels.length) refuse('names a channel twice. Take one of them out, or choose another.');
	if (!isTopic(topic)) refuse(`has a topic that is no text of at most ${LONGEST_TOPIC} characters. Choose a shorter one.`);
	if (order === 'engaged' && !(engagedWithinMs >= HOUR_MS && engagedWithinMs <= 731 * DAY_MS)) refuse('looks at clicks and opens of one hour to two years. Change the number of days.');
	if (deliveryWithinMs !== null && !(deliveryWithinMs >= MINUTE_MS && deliveryWithinMs <= 31 * DAY_MS)) refuse('waits for a delivery for one minute to 31 days. Change the number of minutes.');
}
