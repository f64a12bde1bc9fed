import { DATABASES } from '../databases';
import { configured, post, startParts, storedEvents, type Parts } from './parts';

describe.each(DATABASES)('accepted events for triggers on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	const next = (more: object = {}) => parts.collector.nextEvents('workflow-c', { size: 100, maxWaitMs: 0, ...more });
	const send = (body: object) => parts.collector.handle(post('batch', body));

	it('come once each, after they are stored, with the person they belong to', async () => {
		const waiting = next().then(async (events) => ({ events, stored: (await storedEvents(parts.store)).length }));

		await send({ batch: [{ type: 'track', userId: 'u1', event: 'A', messageId: 'm1', properties: { total: 3 } }, { type: 'identify', userId: 'u1', traits: { plan: 'pro' } }, { type: 'track', userId: 'u1' }] });
		const { events, stored } = await waiting;
		await send({ batch: [{ type: 'track', userId: 'u1', event: 'A', messageId: 'm1' }, { type: 'page', anonymousId: 'a1', name: 'Home' }] });
		const later = await next();

		expect(stored).toBe(1);
		expect(events).toEqual([
			{ type: 'track', event: 'A', profileId: 1, source: 'shop', userId: 'u1', messageId: 'm1', properties: { total: 3 }, timestamp: '2026-03-02T09:00:00.000Z', receivedAt: '2026-03-02T09:00:00.000Z' },
			expect.objectContaining({ type: 'identify', event: 'identify', traits: { plan: 'pro' } }),
		]);
		expect(later.map(({ event }) => event)).toEqual(['Page Viewed']);
	});

	it('come in batches of the asked size, and only those asked for', async () => {
		const first = next({ size: 2, maxWaitMs: 60_000, names: ['B'] });

		await send({ batch: ['A', 'B', 'A', 'B', 'B'].map((event) => ({ type: 'track', userId: 'u1', event })) });

		expect((await first).map(({ event }) => event)).toEqual(['B', 'B']);
		expect((await next({ size: 2, names: ['B'] })).map(({ event }) => event)).toEqual(['B']);
	});

	it('are kept only for a trigger that asked, whose write keys they came by, until it leaves', async () => {
		await send({ batch: [{ type: 'track', userId: 'u1', event: 'Before' }] });
		const mine = next({ maxWaitMs: 60_000 });
		const others = parts.collector.nextEvents('another-workflow', { size: 1, maxWaitMs: 0 });
		await send({ batch: [{ type: 'track', userId: 'u1', event: 'A' }] });

		await parts.collector.leaveEvents('workflow-c');
		await parts.collector.leaveEvents('another-workflow');

		expect([await mine, await others]).toEqual([[], []]);
		const again = next({ maxWaitMs: 60_000 });
		await parts.collector.leaveEvents('workflow-c');
		expect(await again).toEqual([]);
	});

	it('end with the engine: a trigger that waits is answered', async () => {
		const waiting = next({ maxWaitMs: 60_000 });

		await parts.collector.close();

		expect(await waiting).toEqual([]);
	});
});
