import { join } from 'node:path';

import { RULES, rulesIn, testsOfRules, titlesIn } from './rules';

const TESTS = testsOfRules(join(__dirname, '..', '..'));

describe('the parking protocol', () => {
	it.each(Object.entries(RULES))('has a test of rule %s: %s', (rule) => {
		expect(TESTS.filter(({ rules }) => rules.includes(Number(rule)))).not.toEqual([]);
	});

	it('has no test of a rule that there is not', () => {
		expect(TESTS.filter(({ rules }) => rules.some((rule) => !(rule in RULES)))).toEqual([]);
	});
});

describe('the reader of titles', () => {
	it.each([
		['rule 3: locks', [3]],
		['rules 3, 14: an opt-out', [3, 14]],
		['claims again what a dead process left (rule 4)', [4]],
		['waits (rules 4 and 17)', [4, 17]],
		['a rule 5 of another kind', []],
		['by the rules', []],
	])('finds in "%s" %j', (title, rules) => {
		expect(rulesIn(title)).toEqual(rules);
	});

	it('takes tests, also those of a table, and nothing that does not run', () => {
		const text = `
			describe('d (rule 1)', () => {
				it('a (rule 1)', () => {});
				it.each([['x']])('b %s (rule 2)', () => {});
				test.each<[string]>([['x']])('c (rule 3)', () => {});
				it.skip('e (rule 4)', () => {});
				it.skip.each([['x']])('f (rule 5)', () => {});
				it.todo('g (rule 6)');
				// it('h (rule 7)', () => {});
			});`;

		expect(titlesIn(text)).toEqual(['a (rule 1)', 'b %s (rule 2)', 'c (rule 3)']);
	});
});
