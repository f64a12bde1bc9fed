import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';

import { checkRule, type SegmentRule } from '../../../engine/segments';
import { anyRule, referring } from './generators';
import { SENTENCES } from './sentences';

const schema = JSON.parse(readFileSync(join(__dirname, '../../../docs/segment-rule.schema.json'), 'utf8')) as object;
const validate = new Ajv({ allErrors: false }).compile(schema);

const accepted = (rule: unknown): boolean => {
	try {
		checkRule(rule as SegmentRule, { inJourney: true });
		return true;
	} catch {
		return false;
	}
};

describe('the published schema of the rule language', () => {
	it('takes every rule that the tests of the language use, as the engine does', () => {
		fc.assert(fc.property(fc.oneof(anyRule, referring(['s0'])), (rule) => {
			expect({ rule, errors: validate(rule) === true ? null : validate.errors }).toEqual({ rule, errors: null });
			expect(accepted(rule)).toBe(true);
		}), { numRuns: 2_000 });
	});

	it.each(SENTENCES.map(([sentence, rule]) => [sentence, rule] as const))('takes: %s', (_sentence, rule) => {
		expect(validate(rule)).toBe(true);
		expect(accepted(rule)).toBe(true);
	});

	it.each<[string, unknown]>([
		['no form', {}], ['two forms', { all: [], any: [] }], ['a stray key', { event: 'A', withinSecond: 5 }], ['an unknown operator', { attribute: 'a', operator: 'like', value: 'x' }],
		['two measures', { event: 'A', count: { operator: 'atLeast', value: 1 }, sum: { property: 'p', operator: 'greater', value: 1 } }], ['two times', { event: 'A', withinSeconds: 5, between: { from: '2026-01-01' } }],
		['a fraction of a count', { event: 'A', count: { operator: 'atLeast', value: 1.5 } }], ['no window', { event: 'A', withinSeconds: 0 }], ['an empty between', { event: 'A', between: {} }], ['no names', { grade: 'M', in: [] }],
		['a place without a location', { near: { lat: 1, lon: 1, km: 1 } }], ['a place on no globe', { near: { attribute: 'a', lat: 91, lon: 1, km: 1 } }], ['a step without a workflow', { message: 'sent', step: 'x' }], ['a run that is none', { message: 'sent', sinceEnrollment: false }],
		['more than everybody', { random: { percent: 101, salt: 'a' } }], ['half a day', { anniversary: 'born', inDays: 0.5 }], ['an unknown state', { consent: 'email', state: 'maybe' }], ['a word for do-not-sell', { doNotSell: 'yes' }], ['a number for do-not-sell', { doNotSell: 0 }], ['a text among rules', { all: ['x'] }],
	])('refuses what the engine refuses: %s', (_what, rule) => {
		expect(accepted(rule)).toBe(false);
		expect(validate(rule)).toBe(false);
	});
});
