import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../../engine/kernel';
import type { SegmentRule } from '../../../engine/segments';
import { HAPPENINGS, newPerson, type Person } from './naive';

const scalar = fc.constantFrom<string | number | boolean>('pro', 'Pro', 'free', '5', '05', '5.0', 'abc', '2026-01-01', 0, 1, 5, -1, 2.5, true, false, '1e999');
const dates = fc.constantFrom('1990-03-02', '1988-02-29', '2000-03-09T23:00:00Z', '1970-12-31', '2025-02-30', '2001-02-28', '1990-3-2', '1999-08-31');
const place = fc.record({ lat: fc.constantFrom<JsonValue>(52.5, '52.5', 0, -33.8, 91, 'x'), lon: fc.constantFrom<JsonValue>(13.4, 0, 151.2, 181, null) }) as fc.Arbitrary<JsonValue>;
const otherPlace = fc.record({ latitude: fc.constantFrom<JsonValue>(48.1, 52.5), lng: fc.constantFrom<JsonValue>(11.6, 13.4) }) as fc.Arbitrary<JsonValue>;
const placeText = fc.constantFrom<JsonValue>('52.5, 13.4', ' 48.2,11.5 ', '-33.8, 151.2', '91, 5', '52.5 13.4', '52.5, 13.4, 1');
/** What may stand anywhere. */
export const value = fc.oneof(
	{ weight: 6, arbitrary: scalar as fc.Arbitrary<JsonValue> },
	{ weight: 2, arbitrary: dates as fc.Arbitrary<JsonValue> },
	place, otherPlace, placeText,
	fc.constantFrom<JsonValue>('', null, [], ['Pro', 5, true], ['x', ['pro']], {}, { city: 'Pro' }, { city: 5 }, 0.1, 0.2, '0.3', '49.90', ' 5 ', '\u20035'),
);
export const ATTRIBUTES = ['plan', 'age', 'address', 'born'];
/** Where somebody is: an attribute says so, or numbers that stand alone. */
const whereabouts = fc.record({ location: fc.oneof(place, placeText, fc.constantFrom<JsonValue>('Berlin', null)), lat: fc.constantFrom<JsonValue>(52.5, '48.2', 'x', null), lon: fc.constantFrom<JsonValue>(13.4, 181, null), lng: fc.constantFrom<JsonValue>(11.5, null) }, { requiredKeys: [] });
export const attributes = fc.oneof(
	{ weight: 5, arbitrary: fc.dictionary(fc.constantFrom(...ATTRIBUTES), value, { maxKeys: 3 }) }, whereabouts,
) as fc.Arbitrary<JsonObject>;
export const properties = fc.oneof(fc.dictionary(fc.constantFrom('v', 'address'), value, { maxKeys: 2 }), fc.constantFrom(-1, 1, 2.5, 5).map((v) => ({ v }))) as fc.Arbitrary<JsonObject>;
export const AGES_MS = [0, 1, 999, 1000, 30_000, 60_000, 3_000_000, 3_600_000];
const WINDOWS = [0.001, 1, 60, 3600];

const condition = fc.oneof(
	fc.record({ operator: fc.constantFrom('equals' as const, 'notEquals' as const), value: scalar }),
	fc.record({ operator: fc.constantFrom('contains' as const, 'notContains' as const, 'startsWith' as const, 'endsWith' as const), value: fc.constantFrom<string | number>('pro', 'P', 'o', '5', 5, 'true') }),
	fc.record({ operator: fc.constantFrom('greater' as const, 'greaterOrEqual' as const, 'less' as const, 'lessOrEqual' as const), value: fc.constantFrom<string | number>(0, 2, 5, '5', 'b', '2026-01-01') }),
	fc.record({ operator: fc.constantFrom('in' as const, 'notIn' as const), value: fc.array(scalar as fc.Arbitrary<string | number>, { maxLength: 3 }) }),
	fc.record({ operator: fc.constantFrom('exists' as const, 'notExists' as const, 'isTrue' as const, 'isFalse' as const) }),
);
const order = fc.constantFrom('equals' as const, 'notEquals' as const, 'greater' as const, 'greaterOrEqual' as const, 'less' as const, 'lessOrEqual' as const);
const attributeRule = fc.tuple(fc.constantFrom(...ATTRIBUTES, 'address.city'), condition).map(([attribute, rest]): SegmentRule => ({ attribute, ...rest }));

const count = fc.record({ operator: fc.constantFrom('atLeast' as const, 'atMost' as const, 'exactly' as const), value: fc.integer({ min: 0, max: 3 }) });
const measure = fc.record({ property: fc.constantFrom('v', 'address.city'), operator: order, value: fc.constantFrom<number | string>(0, 5, '0.3', 2.5, '49.9', 10) });
const edge = fc.tuple(fc.constantFrom('v', 'address.city'), condition).map(([property, rest]) => ({ property, ...rest }));
const what = fc.oneof(
	fc.constant({}),
	count.map((given) => ({ count: given })),
	fc.constantFrom('sum', 'min', 'max', 'average').chain((kind) => measure.map((given) => ({ [kind]: given }))),
	fc.constantFrom('first', 'last').chain((kind) => edge.map((given) => ({ [kind]: given }))),
);
/** Times around the clock of the tests, 2026-03-02T09:00:00Z and some hours more. */
const between = fc.constantFrom(
	{ from: '2026-03-02' }, { to: '2026-03-01' }, { from: '2026-03-02T08:59:30Z', to: '2026-03-02T09:00:30Z' }, { from: '2026-03-01', to: '2026-03-02' }, { to: '2026-03-02T10:00:00+01:00' },
);
const when = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: fc.constantFrom(...WINDOWS).map((withinSeconds) => ({ withinSeconds })) }, between.map((given) => ({ between: given })));
const eventRule = fc.tuple(fc.constantFrom('A', 'B'), fc.array(fc.tuple(fc.constantFrom('v', 'address.city'), condition).map(([path, rest]) => ({ path, ...rest })), { maxLength: 2 }), what, when)
	.map(([event, filters, measured, time]) => ({ event, ...(filters.length > 0 ? { filters } : {}), ...measured, ...time }) as SegmentRule);

/** A number over a window, of events that have one: the general rules seldom meet two such events. */
const timedMeasure = fc.tuple(fc.constantFrom('sum', 'min', 'max', 'average', 'first', 'last'), order, fc.constantFrom(0, 2, 5, 6), fc.constantFrom(1, 60, 3600))
	.map(([kind, operator, value, withinSeconds]) => ({ event: 'A', [kind]: { property: 'v', operator, value }, withinSeconds }) as SegmentRule);

const near = fc.record({ lat: fc.constantFrom(52.5, 0, 48.2), lon: fc.constantFrom(13.4, 11.5), km: fc.constantFrom(1, 50, 600, 16_000) });
const nearRule = fc.oneof(
	fc.tuple(near, fc.constantFrom('address', 'location')).map(([given, attribute]): SegmentRule => ({ near: { attribute, ...given } })),
	fc.tuple(near, fc.constantFrom<object>({}, { property: 'address' }), fc.constantFrom<object>({}, { withinSeconds: 60 })).map(([given, property, window]): SegmentRule => ({ near: { event: 'A', ...property, ...window, ...given } })),
);
const anniversaryRule = fc.record(
	{ anniversary: fc.constantFrom('born', 'plan'), inDays: fc.constantFrom(0, 1, 7, -3, 60, -182), forDays: fc.constantFrom(1, 2, 30, 182), zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/Havana', 'Pacific/Auckland', 'Africa/Cairo') },
	{ requiredKeys: ['anniversary'] },
) as fc.Arbitrary<SegmentRule>;
export const LISTS = ['L1', 'L2'];
const named = fc.constantFrom(...LISTS).map((list): SegmentRule => ({ list }));
const consentRule = fc.record({ consent: fc.constantFrom('email', 'sms'), topic: fc.constantFrom('', 'news'), state: fc.constantFrom('subscribed' as const, 'unsubscribed' as const, 'pending' as const, 'none' as const) }) as fc.Arbitrary<SegmentRule>;
const doNotSellRule = fc.boolean().map((doNotSell): SegmentRule => ({ doNotSell }));
const randomRule = fc.record({ percent: fc.constantFrom(0, 0.01, 12.5, 50, 99.99, 100), salt: fc.constantFrom('a', 'b') }).map((random): SegmentRule => ({ random }));
export const MODELS = ['M', 'N'];
const scoreRule = fc.oneof(
	fc.record({ score: fc.constantFrom(...MODELS), operator: order, value: fc.constantFrom(0, 10, 12.5) }) as fc.Arbitrary<SegmentRule>,
	fc.record({ grade: fc.constant('M'), in: fc.constantFrom<string[]>(['A'], ['B', 'C']) }) as fc.Arbitrary<SegmentRule>,
	fc.record({ bucket: fc.constant('M'), in: fc.constantFrom<string[]>(['hot'], ['cold', 'warm']) }) as fc.Arbitrary<SegmentRule>,
	fc.constantFrom<string[]>(['lead'], ['lead', 'customer']).map((names): SegmentRule => ({ stage: { in: names } })),
);
/** Of what rules on groups ask. */
export const groupTraits = fc.dictionary(fc.constantFrom('plan', 'age'), value, { minKeys: 1 }) as fc.Arbitrary<JsonObject>;
const groupRule = fc.tuple(fc.constantFrom('plan', 'age'), condition).map(([attribute, rest]): SegmentRule => ({ group: { attribute, ...rest } }));
const messageRule = fc.record(
	{
		message: fc.constantFrom('sent' as const, 'skipped' as const, 'failed' as const, ...HAPPENINGS), channel: fc.constantFrom('email', 'sms'), workflow: fc.constantFrom('w1', 'w2'),
		count, withinSeconds: fc.constantFrom(...WINDOWS),
	},
	{ requiredKeys: ['message'] },
) as fc.Arbitrary<SegmentRule>;
/** Since the enrollment: only a run of a journey can ask that. A condition on events says one time only; one on messages may say both. */
const enrolledRule = fc.oneof(eventRule, timedMeasure, messageRule).map((rule) => {
	const { withinSeconds, between: _between, ...rest } = rule as Record<string, unknown>;
	return { ...rest, ...('message' in rule && withinSeconds !== undefined ? { withinSeconds } : {}), sinceEnrollment: true } as SegmentRule;
});
/** That run, by what the tests say of it. */
export const RUN = 7;
const enrollment = fc.constantFrom<{ enrollment?: number }>({}, { enrollment: RUN }, { enrollment: RUN + 1 });

function nested(leaves: fc.Arbitrary<SegmentRule>): fc.Arbitrary<SegmentRule> {
	return fc.letrec<{ rule: SegmentRule }>((tie) => ({
		rule: fc.oneof(
			{ maxDepth: 3 },
			{ weight: 5, arbitrary: leaves },
			fc.array(tie('rule'), { maxLength: 3 }).map((all): SegmentRule => ({ all })),
			fc.array(tie('rule'), { maxLength: 3 }).map((any): SegmentRule => ({ any })),
			fc.array(tie('rule'), { maxLength: 3 }).map((none): SegmentRule => ({ none })),
		),
	})).rule;
}

/** Conditions on what the steps of incremental.test.ts can change. */
const livingLeaves = fc.oneof(
	messageRule,
	{ weight: 2, arbitrary: attributeRule }, { weight: 4, arbitrary: eventRule }, timedMeasure, nearRule, { weight: 2, arbitrary: anniversaryRule }, named, consentRule, doNotSellRule, randomRule,
	{ weight: 2, arbitrary: scoreRule }, { weight: 2, arbitrary: groupRule },
);
export const livingRule = nested(livingLeaves);
/** `livingRule` that may also refer to these segments. */
export const referring = (names: string[]): fc.Arbitrary<SegmentRule> => nested(fc.oneof({ weight: 3, arbitrary: livingLeaves }, { weight: 2, arbitrary: fc.constantFrom(...names).map((segment): SegmentRule => ({ segment })) }));
/** Every kind of condition but membership of segments. */
export const anyRule = nested(fc.oneof({ weight: 7, arbitrary: livingLeaves }, enrolledRule));

/** Somebody with a past, at a clock; the id is given later. */
export function personAt(nowMs: number): fc.Arbitrary<Person> {
	const at = fc.constantFrom(...AGES_MS).map((age) => nowMs - age);
	return fc.record({
		attributes: attributes.map((given) => Object.fromEntries(Object.entries(given).filter(([, one]) => one !== null))),
		events: fc.array(fc.tuple(fc.record({ name: fc.constantFrom('A', 'B'), atMs: at, properties }), enrollment).map(([event, run]) => ({ ...event, ...run })), { maxLength: 5 }),
		lists: fc.subarray(LISTS),
		consents: fc.uniqueArray(fc.record({ channel: fc.constantFrom('email', 'sms'), topic: fc.constantFrom('', 'news'), state: fc.constantFrom('subscribed', 'unsubscribed', 'pending') }), { selector: (one) => `${one.channel} ${one.topic}`, maxLength: 3 }),
		messages: fc.array(fc.tuple(
			fc.record({ channel: fc.constantFrom('email', 'sms'), workflow: fc.constantFrom('w1', 'w2'), step: fc.constant('s'), state: fc.constantFrom('sent', 'sent', 'skipped', 'unknown', 'failed'), guard: fc.constantFrom('consent', null), atMs: at }),
			fc.record({ openedMs: fc.option(at), lastOpenedMs: fc.option(at), clickedMs: fc.option(at), unsubscribedMs: fc.option(at, { freq: 2 }), deliveredMs: fc.option(at), bouncedMs: fc.option(at, { freq: 2 }), complainedMs: fc.option(at, { freq: 2 }), repliedMs: fc.option(at, { freq: 2 }) }),
			enrollment,
		).map(([message, happened, run]) => ({ ...message, ...happened, ...run })), { maxLength: 3 }),
		scores: fc.uniqueArray(fc.record({ model: fc.constantFrom('M', 'N'), value: fc.constantFrom(0, 10, 12.5), grade: fc.constantFrom('A', 'B'), bucket: fc.constantFrom('hot', 'cold') }), { selector: (one) => one.model, maxLength: 2 }),
		stage: fc.option(fc.constantFrom('lead', 'customer')),
		groups: fc.array(attributes.map((given) => Object.fromEntries(Object.entries(given).filter(([, one]) => one !== null))), { maxLength: 2 }),
		doNotSell: fc.boolean(),
	}).map((given) => ({ ...newPerson(0), ...given }));
}
