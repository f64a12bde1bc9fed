import type { JourneyConfig, StepRef } from '../../engine/journeys';
import type { SegmentRule } from '../../engine/segments';

const DAY_S = 86_400;

/** 10 on attributes, 5 that count in a window, 5 "none for 30 days". */
export const SEGMENTS: Array<{ name: string; rule: SegmentRule }> = [
	{ name: 'Berlin', rule: { attribute: 'city', operator: 'equals', value: 'Berlin' } },
	{ name: 'Europe', rule: { attribute: 'city', operator: 'in', value: ['Berlin', 'London', 'Paris', 'Madrid', 'Rome'] } },
	{ name: 'Paying', rule: { attribute: 'plan', operator: 'notEquals', value: 'free' } },
	{ name: 'Young', rule: { attribute: 'age', operator: 'less', value: 30 } },
	{ name: 'Grown-up', rule: { all: [{ attribute: 'age', operator: 'greaterOrEqual', value: 30 }, { attribute: 'age', operator: 'less', value: 60 }] } },
	{ name: 'Regulars', rule: { attribute: 'orders', operator: 'greater', value: 20 } },
	{ name: 'Newsletter', rule: { attribute: 'newsletter', operator: 'isTrue' } },
	{ name: 'Names with 1', rule: { attribute: 'first_name', operator: 'contains', value: '1' } },
	{ name: 'With a plan', rule: { attribute: 'plan', operator: 'exists' } },
	{ name: 'Team in Asia', rule: { all: [{ attribute: 'plan', operator: 'equals', value: 'team' }, { attribute: 'city', operator: 'in', value: ['Seoul', 'Tokyo'] }] } },

	{ name: 'Buyers', rule: { event: 'Order Completed', withinSeconds: 90 * DAY_S } },
	{ name: 'Repeat Buyers', rule: { event: 'Order Completed', count: { operator: 'atLeast', value: 2 }, withinSeconds: 90 * DAY_S } },
	{ name: 'Lookers', rule: { event: 'Product Viewed', count: { operator: 'atLeast', value: 3 }, withinSeconds: 7 * DAY_S } },
	{ name: 'Carts', rule: { event: 'Product Added', count: { operator: 'atLeast', value: 1 }, withinSeconds: DAY_S } },
	{ name: 'Dear Orders', rule: { event: 'Order Completed', filters: [{ path: 'price', operator: 'greater', value: 40 }], count: { operator: 'atLeast', value: 1 }, withinSeconds: 30 * DAY_S } },

	...['Product Viewed', 'Product Added', 'Cart Viewed', 'Checkout Started', 'Order Completed'].map((event) => ({
		name: `No ${event} for 30 days`, rule: { event, count: { operator: 'exactly', value: 0 }, withinSeconds: 30 * DAY_S } satisfies SegmentRule,
	})),
];

/** Each entered by events of one name. */
export const JOURNEYS: Array<{ step: StepRef; config: JourneyConfig }> = ['Product Viewed', 'Product Added', 'Cart Viewed', 'Checkout Started', 'Order Completed'].map((event, n) => ({
	step: { workflow: `w${n}`, step: 'trigger', name: 'Journey Trigger', type: 'trigger' },
	config: { name: event, entry: { kind: 'event', match: { event } }, reEntry: 'afterLeaving', fields: [], carryEvent: false, onFailure: 'hold' },
}));
