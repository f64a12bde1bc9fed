import { readEventMatch, readSegmentRule, toMs } from '../../../nodes/shared/fields';
import { readConfig } from '../../../nodes/JourneyTrigger/config';

const locator = (value: string) => ({ __rl: true, mode: 'list', value });

describe('a duration', () => {
	it.each([
		[2, 'days', 172_800_000],
		['1.5', 'hours', 5_400_000],
		[0.0001, 'seconds', 1],
		[3, 'weeks', 1_814_400_000],
	])('of %s %s is in milliseconds', (amount, unit, ms) => {
		expect(toMs(amount, unit, 'Wait For')).toBe(ms);
	});

	it.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['soon'], [''], [null], [undefined]])('of %s is refused with what to do', (amount) => {
		expect(() => toMs(amount, 'days', 'Wait For')).toThrow('Wait For is not a number above 0. Enter how long');
	});

	it('beyond 100 years is taken for a mistake', () => {
		expect(() => toMs(5_300, 'weeks', 'Wait For')).toThrow('longer than 100 years');
	});

	it('with an unknown unit is refused', () => {
		expect(() => toMs(1, 'fortnights', 'Wait For')).toThrow('unknown unit');
	});
});

describe('an event with filters', () => {
	it('takes names from dropdowns, from plain text and from expressions alike', () => {
		const filters = { filter: [{ path: locator('plan.name'), operator: 'equals', value: 'pro' }] };

		expect(readEventMatch(locator('Ordered'), filters)).toEqual({ event: 'Ordered', filters: [{ path: 'plan.name', operator: 'equals', value: 'pro' }] });
		expect(readEventMatch(' Ordered ', {})).toEqual({ event: 'Ordered' });
	});

	it('compares amounts as numbers and lists as lists', () => {
		const filters = {
			filter: [
				{ path: 'total', operator: 'greaterOrEqual', value: '99.5' },
				{ path: 'country', operator: 'in', value: 'DE, AT ,,CH' },
				{ path: 'coupon', operator: 'notExists', value: 'left over' },
			],
		};

		expect(readEventMatch('Ordered', filters).filters).toEqual([
			{ path: 'total', operator: 'greaterOrEqual', value: 99.5 },
			{ path: 'country', operator: 'in', value: ['DE', 'AT', 'CH'] },
			{ path: 'coupon', operator: 'notExists' },
		]);
	});

	it.each([
		['', {}, 'Event is empty'],
		['Ordered', { filter: [{ path: '', operator: 'exists' }] }, 'names no property'],
		['Ordered', { filter: [{ path: 'total', operator: 'equals', value: ' ' }] }, 'The condition on "total" has no value'],
		['Ordered', { filter: [{ path: 'total', operator: 'in', value: ',' }] }, 'has no values'],
	])('%s %j says what is missing', (event, filters, message) => {
		expect(() => readEventMatch(event, filters)).toThrow(message);
	});
});

describe('a segment rule', () => {
	it('keeps two levels of all, any and none', () => {
		const rule = {
			group: [
				{
					combine: 'any',
					conditions: {
						attribute: [{ attribute: locator('city'), operator: 'equals', value: 'London' }],
						event: [{ event: 'Ordered', happened: 'atLeast', times: 2, within: 30, withinUnit: 'days' }],
					},
				},
				{ combine: 'none', conditions: { attribute: [{ attribute: 'blocked', operator: 'isTrue' }] } },
				{ combine: 'all', conditions: {} },
			],
		};

		expect(readSegmentRule('all', rule)).toEqual({
			all: [
				{ any: [{ attribute: 'city', operator: 'equals', value: 'London' }, { event: 'Ordered', count: { operator: 'atLeast', value: 2 }, withinSeconds: 2_592_000 }] },
				{ none: [{ attribute: 'blocked', operator: 'isTrue' }] },
			],
		});
	});

	it('turns "never" into none of such events', () => {
		const rule = { group: [{ combine: 'all', conditions: { event: [{ event: 'Ordered', happened: 'never', within: 1, withinUnit: 'hours' }] } }] };

		expect(readSegmentRule('any', rule)).toEqual({ all: [{ none: [{ event: 'Ordered', withinSeconds: 3_600 }] }] });
	});

	it.each([[{}], [{ group: [{ combine: 'all', conditions: {} }] }], [undefined]])('without a condition is refused, since it would hold for everyone: %j', (rule) => {
		expect(() => readSegmentRule('all', rule)).toThrow('The rule has no condition');
	});

	it('refuses a number of times that is no whole number', () => {
		const rule = { group: [{ conditions: { event: [{ event: 'Ordered', happened: 'exactly', times: 1.5 }] } }] };

		expect(() => readSegmentRule('all', rule)).toThrow('"Times" of "Ordered"');
	});
});

describe('the settings of a Journey Trigger', () => {
	const read = (given: Record<string, unknown>) => readConfig('Welcome', (name, fallback) => given[name] ?? fallback);

	it('are the engine\'s configuration, named after the workflow', () => {
		expect(read({ event: locator('Signed Up'), fields: 'city, plan,,city', exitOnEvent: true, exitEvent: 'Ordered', options: { virtualDaySeconds: 10, onFailure: 'retry' } })).toEqual({
			name: 'Welcome',
			entry: { kind: 'event', match: { event: 'Signed Up' } },
			reEntry: 'afterLeaving',
			exitOn: { event: 'Ordered' },
			fields: ['city', 'plan'],
			carryEvent: true,
			virtualDaySeconds: 10,
			onFailure: 'retry',
		});
	});

	it('may start on a segment and need no event then', () => {
		expect(read({ entry: 'segment', segment: locator('VIP'), reEntry: 'never' })).toMatchObject({ entry: { kind: 'segment', segment: 'VIP' }, reEntry: 'never', onFailure: 'hold' });
	});

	it.each([
		[{ event: '' }, 'Event is empty'],
		[{ entry: 'segment' }, 'Segment is empty'],
		[{ event: 'A', exitOnEvent: true }, 'Exit Event is empty'],
		[{ event: 'A', reEntry: 'sometimes' }, 'Enter Again'],
		[{ event: 'A', options: { virtualDaySeconds: -3 } }, 'Seconds a Day'],
	])('%j are refused with what to do', (given, message) => {
		expect(() => read(given)).toThrow(message);
	});
});

describe('names that are chosen from a list, or typed', () => {
	const rule = (conditions: object) => readSegmentRule('all', { group: [{ combine: 'all', conditions }] });

	it('read alike in conditions: one from the list, several with commas', () => {
		expect(rule({ stage: [{ in: locator('lead') }] })).toEqual({ all: [{ stage: { in: ['lead'] } }] });
		expect(rule({ stage: [{ in: { __rl: true, mode: 'name', value: 'lead, MQL' } }] })).toEqual({ all: [{ stage: { in: ['lead', 'MQL'] } }] });
		expect(rule({ bucket: [{ model: locator('Leads'), in: 'hot, warm' }] })).toEqual({ all: [{ bucket: 'Leads', in: ['hot', 'warm'] }] });
		expect(rule({ consent: [{ channel: 'sms', topic: locator('offers'), state: 'pending' }] })).toEqual({ all: [{ consent: 'sms', topic: 'offers', state: 'pending' }] });
		expect(() => rule({ stage: [{ in: locator('') }] })).toThrow('names no stage');
	});

	it('read alike in a Journey Trigger: what a score becomes', () => {
		const entry = (scoreBecomes: unknown) => readConfig('Welcome', (name, fallback) => (({ entry: 'score', scoreModel: locator('Leads'), scoreBecomes }) as Record<string, unknown>)[name] ?? fallback).entry;

		expect(entry(locator('warm'))).toEqual({ kind: 'score', model: 'Leads', bucket: 'warm' });
		expect(entry('warm')).toEqual({ kind: 'score', model: 'Leads', bucket: 'warm' });
		expect(() => entry(locator(''))).toThrow('"Becomes" is empty');
	});
});
