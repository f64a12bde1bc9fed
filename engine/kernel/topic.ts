/** Characters of a topic, as settings, consent and messages take it: what can be mailed about can be left. */
export const LONGEST_TOPIC = 200;

/** Topics are told apart without case and outer space: a capital letter must not undo an opt-out. Done twice it changes nothing. */
export function normaliseTopic(topic: string): string {
	// Composed again: the small form of some letters is one character where the capital one needs two.
	return topic.trim().normalize('NFC').toLowerCase().normalize('NFC');
}

/** Whether both databases can keep it. '' is one: the whole channel. */
export function isTopic(topic: unknown): topic is string {
	return typeof topic === 'string' && topic.length <= LONGEST_TOPIC && normaliseTopic(topic).length <= LONGEST_TOPIC && !/[\0\ud800-\udfff]/u.test(topic);
}
