import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { BREAKS } from './breaks.mjs';
import { RULES, rulesIn, testsOfRules, titlesIn } from './rules';

const ROOT = join(__dirname, '..', '..', '..');
const TESTS = testsOfRules(join(ROOT, 'test'));

describe('the parking protocol', () => {
	it.each(Object.entries(RULES))('has a test of rule %s: %s', (rule) => {
		expect(TESTS.filter(({ rules }) => rules.includes(Number(rule)))).not.toEqual([]);
	});

	it.each(Object.entries(RULES))('has a line whose breaking is tried for rule %s: %s', (rule) => {
		const breaks = BREAKS.filter((one) => one.rule === Number(rule));

		expect(breaks).not.toEqual([]);
		for (const { file, line } of breaks) expect({ file, line, times: readFileSync(join(ROOT, file), 'utf8').split(line).length - 1 }).toEqual({ file, line, times: 1 });
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
