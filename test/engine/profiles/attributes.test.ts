import type { AttributeOperation, ProfileInput } from '../../../engine/profiles';
import { addDecimals } from '../../../engine/profiles/decimal';
import { coerce, inferredType, type AttributeType } from '../../../engine/profiles/attribute-types';
import type { JsonValue } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

describe('the sum of decimals', () => {
	it.each([['0.1', '0.2', '0.3'], ['-1', '1', '0'], ['99999999999999999999.01', '0.99', '100000000000000000000'], ['1e3', '-0.5', '999.5'], ['-0.05', '0.02', '-0.03'], ['.5', '2.', '2.5']])('%s and %s is %s', (a, b, sum) => {
		expect(addDecimals(a, b)).toBe(sum);
	});

	it.each(['', 'abc', '1,5', '0x10', '.', 'NaN', '1e5000'])('is refused for %j', (text) => {
		expect(addDecimals(text, '1')).toBeNull();
	});
});

describe('a declared type', () => {
	it.each<[AttributeType, JsonValue, JsonValue]>([
		['text', 42, '42'], ['text', true, 'true'], ['number', '42.50', 42.5], ['number', '-3', -3], ['boolean', 'YES', true], ['boolean', 0, false],
		['date-time', '2026-03-02T10:00:00+01:00', '2026-03-02T09:00:00.000Z'], ['date-time', '1990-05-17', '1990-05-17'], ['date-time', 1_772_442_000_000, '2026-03-02T09:00:00.000Z'],
		['list', 'one', ['one']], ['list', '[1,2]', [1, 2]], ['object', '{"a":1}', { a: 1 }], ['location', '52.52, 13.4', { lat: 52.52, lon: 13.4 }], ['location', { latitude: '1.5', lng: 2 }, { lat: 1.5, lon: 2 }],
		['number', null, null], ['date-time', '', ''],
	])('%s takes %j as %j', (type, given, value) => {
		expect(coerce('x', given, type)).toEqual({ ok: true, value });
	});

	it.each<[AttributeType, JsonValue]>([
		['text', { a: 1 }], ['number', '007'], ['number', '12345678901234567890'], ['number', 'many'], ['number', true], ['boolean', 'maybe'], ['boolean', 2],
		['date-time', 'soon'], ['date-time', '2026-02-30'], ['date-time', 12], ['list', { a: 1 }], ['object', [1]], ['object', 'x'], ['location', { lat: 91, lon: 0 }], ['location', { lat: 1 }],
	])('%s refuses %j, which would lose something, without repeating it', (type, given) => {
		expect(coerce('x', given, type)).toEqual({ ok: false, reason: expect.stringMatching(/^The attribute "x" is declared as .*without loss\.$/) as string });
	});

	it.each<[JsonValue, AttributeType]>([[1, 'number'], [false, 'boolean'], ['hello', 'text'], ['2026-03-02', 'date-time'], [[1], 'list'], [{ a: 1 }, 'object'], [{ lat: 1, lon: 2 }, 'location']])('is inferred: %j is %s', (value, type) => {
		expect(inferredType(value)).toBe(type);
	});
});

describe.each(DATABASES)('attribute operations on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const upsert = (...batch: Array<Partial<ProfileInput>>) => world.engine.profiles.upsert(batch.map((input) => ({ identities: [{ kind: 'user_id', value: 'ann' }], ...input })), { source: 's' });
	const does = (...operations: AttributeOperation[]) => upsert({ operations });
	const attributes = async () => (await world.engine.profiles.get({ kind: 'user_id', value: 'ann' }))?.attributes;

	it('set, set once, increment, append, remove and unset, each on what the one before left', async () => {
		await upsert({ attributes: { total: 0.1, points: '12345678901234567890.1', tags: ['a'], gone: 1 } });

		const report = await does(
			{ attribute: 'total', operation: 'increment', value: 0.2 }, { attribute: 'points', operation: 'increment', value: '0.9' }, { attribute: 'orders', operation: 'increment', value: 1 },
			{ attribute: 'orders', operation: 'increment', value: 1 }, { attribute: 'first', operation: 'setOnce', value: 'shop' }, { attribute: 'first', operation: 'setOnce', value: 'app' },
			{ attribute: 'tags', operation: 'append', value: ['b', 'a'], unique: true }, { attribute: 'tags', operation: 'append', value: 'a' }, { attribute: 'tags', operation: 'remove', value: 'a' },
			{ attribute: 'seen', operation: 'append', value: { sku: 1 } }, { attribute: 'gone', operation: 'unset' }, { attribute: 'city', operation: 'set', value: 'Bern' },
		);

		expect(report).toMatchObject({ updated: 1, rejected: [] });
		expect(await attributes()).toEqual({ total: 0.3, points: '12345678901234567891', orders: 2, first: 'shop', tags: ['b'], seen: [{ sku: 1 }], city: 'Bern' });
	});

	it('refuses a row whose operation does not fit the value, with nothing of it done, and takes the others', async () => {
		await upsert({ attributes: { name: 'Ann', plan: 'free' } });

		const report = await upsert({ attributes: { plan: 'pro' }, operations: [{ attribute: 'name', operation: 'increment', value: 1 }] }, { operations: [{ attribute: 'n', operation: 'increment', value: 1 }] });

		expect(report.rejected).toEqual([{ index: 0, reason: expect.stringContaining('"name" is not a number') as string }]);
		expect(await attributes()).toEqual({ name: 'Ann', plan: 'free', n: 1 });
	});

	it('loses no increment when several processes count at once', async () => {
		const other = await world.another();
		await does({ attribute: 'n', operation: 'set', value: 0 });

		await Promise.all(Array.from({ length: 20 }, (_none, n) => (n % 2 === 0 ? world.engine : other.engine).profiles.upsert([{ identities: [{ kind: 'user_id', value: 'ann' }], operations: [{ attribute: 'n', operation: 'increment', value: 0.1 }] }], { source: 's' })));

		expect(await attributes()).toEqual({ n: 2 });
	});

	it('moves segments: what is unset, or emptied, leaves "exists"', async () => {
		await world.engine.segments.save({ name: 'Tagged', rule: { attribute: 'tags', operator: 'exists' } });
		await does({ attribute: 'tags', operation: 'append', value: 'vip' });
		const before = await world.engine.segments.count({ name: 'Tagged' });

		await does({ attribute: 'tags', operation: 'remove', value: 'vip' });

		expect([before, await world.engine.segments.count({ name: 'Tagged' })]).toEqual([1, 0]);
	});

	it('coerces to declared types or refuses the row; a tracked trait of another type is left out and told', async () => {
		await world.engine.profiles.declareType('age', 'number');

		const report = await upsert({ attributes: { age: '42' } }, { attributes: { age: 'old', city: 'Bern' } }, { operations: [{ attribute: 'age', operation: 'set', value: 'older' }] });
		const tracked = await world.engine.events.ingest([{ type: 'identify', userId: 'ann', traits: { age: 'ancient', plan: 'pro' } }], { source: 's' });

		expect(report.rejected.map(({ index }) => index)).toEqual([1, 2]);
		expect(tracked).toMatchObject({ accepted: 1, left: [{ index: 0, kind: 'attribute', reason: expect.stringContaining('declared as a number') as string }] });
		expect(await attributes()).toEqual({ age: 42, plan: 'pro' });
		expect(await world.engine.profiles.declaredTypes()).toEqual([{ attribute: 'age', type: 'number' }]);
		await world.engine.profiles.declareType('age', null);
		await upsert({ attributes: { age: 'old' } });
		expect(await attributes()).toMatchObject({ age: 'old' });
	});
});
