import { sentenceOf } from '../../../engine/segments';
import { SENTENCES } from './sentences';

describe('a rule in words', () => {
	it.each(SENTENCES)('%s', (sentence, rule) => {
		expect(sentenceOf(rule)).toBe(sentence);
	});
});
