import type { TrackingMessage } from '../../../engine/events';
import { DATABASES, TEST_START_MS } from '../databases';
import { counting, openWorld, type World } from './fixture';

const track = (event: string, more: Partial<TrackingMessage> = {}): TrackingMessage => ({ type: 'track', userId: 'u1', event, ...more });

describe.each(DATABASES)('the event catalogue on %s', (kind) => {
	let world: World;
	let statements: () => number;
	beforeEach(async () => {
		world = await openWorld(kind, (store) => {
			const counted = counting(store);
			statements = counted.statements;
			return counted.store;
		});
	});
	afterEach(() => world.close());

	it('counts events and their properties by type, with when they were first and last seen', async () => {
		await world.events.ingest([track('Order', { properties: { total: 5, note: 'x' } }), track('Order', { properties: { total: '5' } }), track('View')], { source: 's' });
		await world.events.flushCatalog();
		world.clock.advance(60_000);
		await world.events.ingest([track('Order', { properties: { total: 7, items: [1], ship: { to: 'x' } } })], { source: 's' });
		await world.events.flushCatalog();

		const first = new Date(TEST_START_MS).toISOString();
		const last = new Date(TEST_START_MS + 60_000).toISOString();
		expect(await world.events.catalog()).toEqual({ events: [{ name: 'Order', count: 3, firstSeenAt: first, lastSeenAt: last }, { name: 'View', count: 1, firstSeenAt: first, lastSeenAt: first }], next: null });
		expect(await world.events.properties('Order')).toEqual([
			{ name: 'items', types: ['list'], counts: { list: 1 }, lastSeenAt: last }, { name: 'note', types: ['text'], counts: { text: 1 }, lastSeenAt: first },
			{ name: 'ship', types: ['object'], counts: { object: 1 }, lastSeenAt: last }, { name: 'ship.to', types: ['text'], counts: { text: 1 }, lastSeenAt: last },
			{ name: 'total', types: ['number', 'text'], counts: { number: 2, text: 1 }, lastSeenAt: last },
		]);
	});

	it('does not count repeats of a message, nor what another process counts twice', async () => {
		await world.events.ingest([track('Order', { messageId: 'm1' })], { source: 's' });
		await world.events.ingest([track('Order', { messageId: 'm1' })], { source: 's' });
		await Promise.all([world.events.flushCatalog(), world.events.flushCatalog()]);

		expect((await world.events.catalog()).events).toMatchObject([{ name: 'Order', count: 1 }]);
	});

	it('does not count a repeat that comes with new messages', async () => {
		const order = (messageId: string): TrackingMessage => track('Order', { messageId, properties: { total: 5 } });
		await world.events.ingest([order('m1')], { source: 's' });
		for (const id of ['m2', 'm3', 'm4', 'm5']) await world.events.ingest([order('m1'), order(id), order(id)], { source: 's' });
		await world.events.flushCatalog();

		expect((await world.events.catalog()).events).toMatchObject([{ name: 'Order', count: 5 }]);
		expect(await world.events.properties('Order')).toMatchObject([{ name: 'total', counts: { number: 5 } }]);
	});

	it('costs events no statement, and a flush one for all that was seen', async () => {
		const batch = Array.from({ length: 500 }, (_none, n) => track(`e${n % 7}`, { userId: `u${n % 50}`, properties: { a: n, b: 'x', c: true } }));
		await world.events.ingest(batch, { source: 's' });
		await world.events.flushCatalog();
		const before = statements();
		await world.events.ingest(batch, { source: 's' });
		const ingested = statements() - before;
		await world.events.flushCatalog();
		const flushed = statements() - before - ingested;

		expect(flushed).toBe(1);
		// Counted with nobody's journeys or segments: whose, locks, numbers, the insert.
		expect(ingested).toBeLessThan(10);
		expect((await world.events.catalog()).events[0]).toMatchObject({ name: 'e0', count: 144 });
		await world.events.flushCatalog();
		expect(statements() - before - ingested).toBe(1);
	});

	it('is read by pages and searched whatever the case', async () => {
		await world.events.ingest(['b', 'B order', 'a', 'Order', 'c'].map((name) => track(name)), { source: 's' });

		const first = await world.events.catalog({ limit: 2 });
		const second = await world.events.catalog({ limit: 2, after: first.next ?? '' });
		const found = await world.events.catalog({ search: 'ORDER' });

		expect([...first.events, ...second.events].map(({ name }) => name)).toEqual(['B order', 'Order', 'a', 'b']);
		expect(second.next).toBe('b');
		expect(found.events.map(({ name }) => name)).toEqual(['B order', 'Order']);
		await expect(world.events.catalog({ limit: 0 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});
});
