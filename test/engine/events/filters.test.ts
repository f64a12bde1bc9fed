import { sql } from 'kysely';

import { eventMatchSql, propertyFilterSql, type PropertyFilter } from '../../../engine/events';
import type { Store } from '../../../engine/store';
import { DATABASES, testStore } from '../databases';

const PROPERTIES = {
	text: 'Pro Plan', digits: '007', number: 7, price: 12.5, yes: true, no: false, date: '2026-03-02', empty: '', nothing: null, none: [], blank: {},
	tags: ['VIP', 5, true, ['deep']], address: { city: 'Köln' }, 'quo"te': 'x', "apos'trophe": 'y', '100%': 'z', brackets: '[]', street: 'ΟΔΟΣ', city: 'İstanbul', road: 'straße ÅNGSTRÖM', streets: ['ΟΔΟΣ', 'x'],
};

async function asked(store: Store, filter: PropertyFilter): Promise<boolean> {
	const row = await store.read((reader) =>
		reader.first(sql<{ answer: unknown }>`select ${propertyFilterSql(reader.dialect, sql.ref('e.properties'), filter)} as answer from event e`),
	);
	return Boolean(row?.answer);
}

describe.each(DATABASES)('a condition on a property on %s', (kind) => {
	let store: Store;
	let close: () => Promise<void>;
	beforeAll(async () => {
		({ store, close } = await testStore(kind));
		await store.tx('t', (tx) => tx.run(sql`insert into event (profile, event_no, name, source, occurred_at, received_at, properties) values (1, 1, 'Order', 's', 0, 0, ${tx.dialect.json(PROPERTIES)})`));
	});
	afterAll(() => close());

	const truths: Array<[PropertyFilter['path'], PropertyFilter['operator'], PropertyFilter['value'], boolean]> = [
		['text', 'equals', 'Pro Plan', true], ['text', 'equals', 'pro plan', false], ['digits', 'equals', '7', false], ['digits', 'equals', 7, true], ['digits', 'equals', '007', true],
		['number', 'equals', '7', true], ['number', 'equals', '7.0', true], ['number', 'equals', 7, true], ['price', 'equals', '12.5', true], ['yes', 'equals', true, true], ['yes', 'equals', 'true', true],
		['yes', 'equals', 1, false], ['no', 'equals', false, true], ['no', 'equals', '0', false], ['missing', 'equals', 'x', false], ['tags', 'equals', 'VIP', false],
		['missing', 'notEquals', 'x', true], ['nothing', 'notEquals', 'x', true], ['missing', 'notIn', ['x'], true], ['missing', 'notContains', 'x', true], ['number', 'notEquals', 7, false],
		['text', 'contains', 'PRO', true], ['text', 'startsWith', 'pRo', true], ['text', 'endsWith', 'PLAN', true], ['text', 'endsWith', 'long before Pro Plan', false], ['tags', 'contains', 'vip', true],
		['tags', 'contains', 'vi', false], ['tags', 'contains', '5', true], ['tags', 'contains', 'true', true], ['tags', 'contains', 'deep', false], ['number', 'contains', '7', true],
		['address.city', 'equals', 'Köln', true], ['address.city', 'contains', 'KÖLN', true], ['address.street', 'exists', undefined, false], ['address', 'exists', undefined, true],
		['number', 'greater', 6, true], ['number', 'greater', '10', false], ['digits', 'greater', '6', true], ['text', 'greater', 5, false], ['text', 'less', 5, false], ['price', 'lessOrEqual', 12.5, true],
		['date', 'greater', '2026-03-01', true], ['date', 'less', '2026-03-01T00:00', false], ['missing', 'less', 5, false], ['yes', 'greater', 0, false],
		['number', 'in', [1, 7], true], ['text', 'in', ['a', 'Pro Plan', 3], true], ['text', 'in', [], false], ['text', 'notIn', [], true],
		['empty', 'exists', undefined, false], ['nothing', 'exists', undefined, false], ['none', 'exists', undefined, false], ['blank', 'exists', undefined, false], ['no', 'exists', undefined, true],
		['brackets', 'exists', undefined, true], ['empty', 'notExists', undefined, true], ['yes', 'isTrue', undefined, true], ['no', 'isFalse', undefined, true], ['missing', 'isFalse', undefined, false],
		['quo"te', 'equals', 'x', true], ["apos'trophe", 'equals', 'y', true], ['100%', 'equals', 'z', true], ['text', 'contains', "x' or '1'='1", false], ['text', 'contains', '%', false],
		...(['contains', 'startsWith', 'endsWith'] as const).flatMap((operator): Array<[PropertyFilter['path'], PropertyFilter['operator'], PropertyFilter['value'], boolean]> => [
			['street', operator, 'οδος', true], ['street', operator, 'ΟΔΟΣ', true], ['street', operator, 'οδοσ', true], ['city', operator, 'istanbul', true], ['city', operator, 'İSTANBUL', true], ['city', operator, 'ıstanbul', false],
		]),
		['street', 'startsWith', 'ΟΔΟ', true], ['street', 'contains', 'ΔΟΣ', true], ['street', 'contains', 'ΣΟ', false], ['city', 'contains', 'İST', true], ['road', 'contains', 'STRASSE', false], ['road', 'endsWith', 'ångström', true],
		['streets', 'contains', 'Οδος', true],
	];
	it.each(truths)('%s %s %j is %s', async (path, operator, value, truth) => {
		expect(await asked(store, value === undefined ? { path, operator } : { path, operator, value })).toBe(truth);
	});

	it.each<[string, unknown]>([
		['is not a path', { path: '', operator: 'exists' }], ['is not a path', { path: 'a..b', operator: 'exists' }], ['points into a list', { path: 'items.0.sku', operator: 'exists' }],
		['is not an operator', { path: 'a', operator: 'like', value: 'x' }], ['is not an operator', { path: 'a', operator: 'constructor', value: 'x' }], ['needs a value', { path: 'a', operator: 'equals' }],
		['needs a list', { path: 'a', operator: 'in', value: 'x' }], ['not true or false', { path: 'a', operator: 'greater', value: true }], ['needs a path', null],
	])('refuses what cannot be asked: %s', (message, filter) => {
		expect(() => propertyFilterSql(store.dialect, sql.ref('e.properties'), filter as PropertyFilter)).toThrow(expect.objectContaining({ code: 'RULE_INVALID', message: expect.stringContaining(message) as string }) as Error);
	});

	it('matches an event by name and all of its filters', async () => {
		const count = async (event: string, ...filters: PropertyFilter[]) =>
			(await store.read((reader) => reader.all(sql`select 1 from event as happened where ${eventMatchSql(reader.dialect, { event, filters }, 'happened')}`))).length;

		expect(await count('Order')).toBe(1);
		expect(await count('order')).toBe(0);
		expect(await count('Order', { path: 'number', operator: 'equals', value: 7 }, { path: 'yes', operator: 'isTrue' })).toBe(1);
		expect(await count('Order', { path: 'number', operator: 'equals', value: 7 }, { path: 'yes', operator: 'isFalse' })).toBe(0);
	});
});
