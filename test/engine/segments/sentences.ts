import type { SegmentRule } from '../../../engine/segments';

/** Rules as people read them: every kind of condition at least once. */
export const SENTENCES: Array<[sentence: string, rule: SegmentRule]> = [
	['Everybody.', { all: [] }],
	['Nobody.', { any: [] }],
	['People whose plan is "pro".', { attribute: 'plan', operator: 'equals', value: 'pro' }],
	['People whose address.city is one of "Berlin", "Ulm" or "Bonn" and whose age is at least 18.', { all: [{ attribute: 'address.city', operator: 'in', value: ['Berlin', 'Ulm', 'Bonn'] }, { attribute: 'age', operator: 'greaterOrEqual', value: 18 }] }],
	['People who did "Order Completed" at least twice in the last 30 days.', { event: 'Order Completed', count: { operator: 'atLeast', value: 2 }, withinSeconds: 2_592_000 }],
	['People who did not do "Order Completed" in the last day.', { event: 'Order Completed', count: { operator: 'exactly', value: 0 }, withinSeconds: 86_400 }],
	['People who did "Viewed" with sku that starts with "A" from 2026-01-01 to 2026-01-31.', { event: 'Viewed', filters: [{ path: 'sku', operator: 'startsWith', value: 'A' }], between: { from: '2026-01-01', to: '2026-01-31' } }],
	['People whose sum total of "Order Completed" in the last week is more than "49.90".', { event: 'Order Completed', sum: { property: 'total', operator: 'greater', value: '49.90' }, withinSeconds: 604_800 }],
	['People whose average total of "Order Completed" is less than 10.', { event: 'Order Completed', average: { property: 'total', operator: 'less', value: 10 } }],
	['People whose last "Order Completed" since they entered the journey has a shop that is set.', { event: 'Order Completed', last: { property: 'shop', operator: 'exists' }, sinceEnrollment: true }],
	['People who did not do "Order Completed" in the last 14 days.', { none: [{ event: 'Order Completed', withinSeconds: 1_209_600 }] }],
	['People who are in the segment "VIP" or who are on the list "Press".', { any: [{ segment: 'VIP' }, { list: 'Press' }] }],
	['People who are not (people whose stage is "lead" or whose grade by "Fit" is "A" or "B").', { none: [{ stage: { in: ['lead'] } }, { grade: 'Fit', in: ['A', 'B'] }] }],
	['People whose score "Leads" is at least 50 and whose bucket by "Leads" is "hot".', { all: [{ score: 'Leads', operator: 'greaterOrEqual', value: 50 }, { bucket: 'Leads', in: ['hot'] }] }],
	['People who subscribed to email about "news".', { consent: 'email', topic: 'news', state: 'subscribed' }],
	['People who never said whether they want sms.', { consent: 'sms', state: 'none' }],
	['People who opened a message by email at most 3 times in the last 90 days.', { message: 'opened', channel: 'email', count: { operator: 'atMost', value: 3 }, withinSeconds: 7_776_000 }],
	['People whose home is within 50 km of 52.5, 13.4.', { near: { attribute: 'home', lat: 52.5, lon: 13.4, km: 50 } }],
	['People who did "Visited" within 2.5 km of 48.1, 11.6 (place) in the last hour.', { near: { event: 'Visited', property: 'place', withinSeconds: 3600, lat: 48.1, lon: 11.6, km: 2.5 } }],
	['People whose yearly born is in 7 days (days of Europe/Berlin).', { anniversary: 'born', inDays: 7, zone: 'Europe/Berlin' }],
	['People whose yearly born is near: 14 days, beginning 7 days before it.', { anniversary: 'born', inDays: 7, forDays: 14 }],
	['People who are in the same random 12.5 % ("spring").', { random: { percent: 12.5, salt: 'spring' } }],
	['People in one of whose groups the industry is "Software".', { group: { attribute: 'industry', operator: 'equals', value: 'Software' } }],
	['People whose a is 1 and (whose b is true or whose c is not set).', { all: [{ attribute: 'a', operator: 'equals', value: 1 }, { any: [{ attribute: 'b', operator: 'isTrue' }, { attribute: 'c', operator: 'notExists' }] }] }],
];
