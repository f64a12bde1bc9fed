import type { Known } from '../../../engine/collector/known';
import { createCollector } from '../../../engine/collector';
import { Outbox } from '../../../engine/collector/outbox';
import { silentLog, systemRandom } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { basic, configured, post, startParts, storedEvents, type Parts } from './parts';

describe.each(DATABASES)('accepted events for triggers on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	const next = async (more: object = {}) => (await parts.collector.nextEvents('workflow-c', { size: 100, maxWaitMs: 0, ...more })).events;
	const send = (body: object) => parts.collector.handle(post('batch', body));

	it('come once each, after they are stored, with the person they belong to', async () => {
		const waiting = next().then(async (events) => ({ events, stored: (await storedEvents(parts.store)).length }));

		await send({ batch: [{ type: 'track', userId: 'u1', event: 'A', messageId: 'm1', properties: { total: 3 } }, { type: 'identify', userId: 'u1', traits: { plan: 'pro' } }, { type: 'track', userId: 'u1' }] });
		const { events, stored } = await waiting;
		await send({ batch: [{ type: 'track', userId: 'u1', event: 'A', messageId: 'm1' }, { type: 'page', anonymousId: 'a1', name: 'Home' }] });
		const later = await next();

		expect(stored).toBe(1);
		expect(events).toEqual([
			{ type: 'track', event: 'A', profileId: 1, doNotSell: false, source: 'shop', userId: 'u1', messageId: 'm1', properties: { total: 3 }, timestamp: '2026-03-02T09:00:00.000Z', receivedAt: '2026-03-02T09:00:00.000Z' },
			expect.objectContaining({ type: 'identify', event: 'identify', traits: { plan: 'pro' } }),
		]);
		expect(later.map(({ event }) => event)).toEqual(['Page Viewed']);
	});

	it('say whether their people asked not to be sold, as of when they are handed out', async () => {
		await next();
		await send({ batch: [{ type: 'track', userId: 'signal', event: 'A', context: { gpc: true } }, { type: 'track', userId: 'later', event: 'A' }, { type: 'track', userId: 'other', event: 'A' }] });
		await parts.consent.setDoNotSell([{ whose: { kind: 'user_id', value: 'later' }, active: true, source: 'page' }]);

		const events = await next();

		expect(events.map(({ userId, doNotSell }) => [userId, doNotSell])).toEqual([['signal', true], ['later', true], ['other', false]]);
		expect((await parts.collector.preview(post('track', { userId: 'u', event: 'A' }, { 'sec-gpc': '1' }))).map(({ doNotSell }) => doNotSell)).toEqual([true]);
	});

	it('say that their people did, and are not lost, where that cannot be found out', async () => {
		const collector = createCollector({ ...parts, random: systemRandom, log: silentLog, unsold: () => Promise.reject(new Error('the database is away')) });
		await collector.configure({ writeKeys: { wk_anotherkey: 'shop2' }, publicUrl: 'https://t.example.com', port: null, workflow: 'workflow-d' });
		const waiting = collector.nextEvents('workflow-d', { size: 1, maxWaitMs: 0 });

		await collector.handle(post('track', { userId: 'u1', event: 'A' }, { authorization: basic('wk_anotherkey') }));

		expect((await waiting).events.map(({ event, doNotSell }) => [event, doNotSell])).toEqual([['A', true]]);
		await collector.close();
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
		const others = parts.collector.nextEvents('another-workflow', { size: 1, maxWaitMs: 0 }).then(({ events }) => events);
		await send({ batch: [{ type: 'track', userId: 'u1', event: 'A' }] });

		await parts.collector.leaveEvents('workflow-c');
		await parts.collector.leaveEvents('another-workflow');

		expect([await mine, await others]).toEqual([[], []]);
		const again = next({ maxWaitMs: 60_000 });
		await parts.collector.leaveEvents('workflow-c');
		expect(await again).toEqual([]);
	});

	it('are handed out to a trigger that leaves, as far as it has not fetched them', async () => {
		const first = next();
		await send({ batch: [{ type: 'track', userId: 'u1', event: 'First' }] });
		await first;
		await send({ batch: ['A', 'B'].map((event) => ({ type: 'track', userId: 'u1', event })) });

		const rest = await parts.collector.leaveEvents('workflow-c');

		expect([rest.map(({ event }) => event), await parts.collector.leaveEvents('workflow-c')]).toEqual([['A', 'B'], []]);
	});

	it('end with the engine: a trigger that waits is answered', async () => {
		const waiting = next({ maxWaitMs: 60_000 });

		await parts.collector.close();

		expect(await waiting).toEqual([]);
	});
});

describe('events for a trigger that does not keep up', () => {
	const known = { collectors: [{ workflow: 'w', keys: [{ source: 'shop', hash: '' }] }], nowMs: 0 } as unknown as Known;
	const stored = (outbox: Outbox, count: number, bytes: number): void => {
		const messages = Array.from({ length: count }, () => ({ type: 'track' as const, userId: 'u1', event: 'A' }));
		outbox.stored({ messages, source: 'shop', bytes }, { accepted: count, duplicates: 0, rejected: [], profiles: messages.map(() => 1), entered: 0 }, known);
	};
	const asking = async (outbox: Outbox): Promise<void> => {
		const waiting = outbox.next('w', { size: 1, maxWaitMs: 0 });
		stored(outbox, 1, 1);
		await waiting;
	};

	it.each([
		['50,000 of them', 60, 1_000, 1_000, 50_000],
		['64 MB of them', 200, 1, 1_000_000, 68],
	])('are kept up to %s; the others are left out and the log says so, once a minute', async (_what, rounds, count, bytes, kept) => {
		const logged: Array<Record<string, unknown>> = [];
		const outbox = new Outbox({ ...silentLog, warn: (_message, facts) => void logged.push(facts ?? {}) });
		await asking(outbox);

		for (let n = 0; n < rounds; n += 1) stored(outbox, count, bytes);

		expect(outbox.leave('w')).toHaveLength(kept);
		expect(logged).toEqual([{ workflow: 'w', events: count }]);
	});

	it('are left to the database where they were handed over while it began to ask', () => {
		const outbox = new Outbox(silentLog);
		outbox.open('w', { size: 1, maxWaitMs: 0 });

		outbox.stored({ messages: [{ type: 'track', userId: 'u1', event: 'A' }], source: 'shop', bytes: 1, wanted: [{ workflow: 'w', names: null }] }, { accepted: 1, duplicates: 0, rejected: [], profiles: [1], entered: 0 }, known);

		expect(outbox.leave('w')).toEqual([]);
	});

	it('are kept for as long as its executions take, also when it has not asked for hours', async () => {
		const outbox = new Outbox(silentLog);
		await asking(outbox);
		const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 10 * 3_600_000);

		stored(outbox, 3, 300);

		expect(outbox.leave('w')).toHaveLength(3);
		clock.mockRestore();
	});
});
