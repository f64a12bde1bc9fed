import { createCollector } from '../../../engine/collector';
import type { EventsApi, IngestReport, TrackingMessage } from '../../../engine/events';
import { EngineError, silentLog, systemRandom } from '../../../engine/kernel';
import { Intake } from '../../../engine/collector/intake';
import { DATABASES } from '../databases';
import { answered, configured, post, startParts, storedEvents, type Parts } from './parts';

const track = (n: number, more: object = {}) => ({ userId: `u${n}`, event: 'A', messageId: `m${n}`, ...more });

describe.each(DATABASES)('requests at once on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	it('are stored together, and each is answered for its own messages', async () => {
		const ingest = jest.spyOn(parts.events, 'ingest');
		const collector = createCollector({ ...parts, random: systemRandom, log: silentLog, unsold: async () => new Set() });

		const answers = await Promise.all([
			...Array.from({ length: 40 }, (_none, n) => collector.handle(post('track', track(n)))),
			collector.handle(post('track', track(3))),
			collector.handle(post('batch', { batch: [{ type: 'track', ...track(41) }, { type: 'track', ...track(42, { userId: '0' }) }] })),
		]);

		expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
		expect(answered(answers[41] ?? post('', ''))).toMatchObject({ rejectedTotal: 1, rejected: [{ index: 1 }] });
		expect(await storedEvents(parts.store)).toHaveLength(41);
		expect(ingest.mock.calls.length).toBeLessThan(5);
		await collector.close();
	});

	it('get 429 and Retry-After when too many events wait, and nothing of them is stored', async () => {
		await parts.settings.api.set({ behindAfter: 10 });
		const batch = (from: number) => post('batch', { batch: Array.from({ length: 8 }, (_none, n) => ({ type: 'track', ...track(from + n) })) });

		const [first, second, third] = await Promise.all([parts.collector.handle(batch(0)), parts.collector.handle(batch(100)), parts.collector.handle(post('track', track(200)))]);
		const alone = await parts.collector.handle(post('batch', { batch: Array.from({ length: 50 }, (_none, n) => ({ type: 'track', ...track(300 + n) })) }));

		expect([first?.status, second?.status, third?.status]).toEqual([200, 429, 200]);
		expect(answered(second ?? alone).code).toBe('behind');
		expect(Number(second?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
		expect(second?.headers['x-ratelimit-reset']).toBe(second?.headers['retry-after']);
		// A batch larger than the bound is taken when nothing else waits: it would never be otherwise.
		expect(alone.status).toBe(200);
		expect(await storedEvents(parts.store)).toHaveLength(8 + 1 + 50);
	});
});

describe('what waits to be stored', () => {
	const report = (messages: TrackingMessage[]): IngestReport => ({ accepted: messages.length, duplicates: 0, rejected: [], profiles: messages.map(() => 1), entered: 0 });
	const delivery = (event: string, source = 'shop') => ({ messages: [{ type: 'track' as const, userId: 'u1', event }], source, bytes: 10 });

	it('is stored one by one when the engine cannot stomach one of them', async () => {
		const stored: string[] = [];
		const ingest: EventsApi['ingest'] = async (messages) => {
			if (messages.some(({ event }) => event === 'poison')) throw new EngineError('INTERNAL', 'A bug.');
			stored.push(...messages.map(({ event }) => event ?? ''));
			return report(messages);
		};
		const intake = new Intake(ingest, 1);

		const outcomes = await Promise.allSettled(['a', 'poison', 'b'].map((event) => intake.add(delivery(event))));

		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
		expect(stored).toEqual(['a', 'b']);
	});

	it('is not tried one by one while the database is busy, and is waited for no longer than ten seconds', async () => {
		let calls = 0;
		const intake = new Intake(async () => {
			calls += 1;
			throw new EngineError('DATABASE_BUSY', 'Locked.');
		}, 1);

		const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((event) => intake.add(delivery(event))));

		expect([calls, ...outcomes.map(({ status }) => status)]).toEqual([1, 'rejected', 'rejected', 'rejected']);
		expect(intake.behind(delivery('d'), 1)).toBeNull();
	});

	it('keeps sources apart, whose message ids are their own', async () => {
		const groups: string[] = [];
		const intake = new Intake(async (messages, { source }) => {
			groups.push(`${source} ${messages.length}`);
			return report(messages);
		}, 1);

		await Promise.all([intake.add(delivery('a')), intake.add(delivery('b', 'app')), intake.add(delivery('c'))]);

		expect(groups).toEqual(['shop 2', 'app 1']);
	});

	it('is stored in the order of its arrival: a small request does not overtake a large one of its source', async () => {
		const order: string[] = [];
		const intake = new Intake(async (messages, { source }) => {
			await new Promise(setImmediate);
			order.push(...new Set(messages.map(({ event }) => `${source} ${event ?? ''}`)));
			return report(messages);
		}, 1);
		const many = (event: string, count: number, source = 'shop') => ({ ...delivery(event, source), messages: Array.from({ length: count }, () => ({ type: 'track' as const, userId: 'u1', event })) });

		await Promise.all([many('first', 300), many('other', 1, 'app'), many('second', 300), many('third', 1), many('fourth', 1)].map((given) => intake.add(given)));

		expect(order).toEqual(['shop first', 'app other', 'shop second', 'shop third', 'shop fourth']);
	});

	it('is not overtaken in another lane by what the same person did later, while those of others go on there', async () => {
		const order: string[] = [];
		let large = (): void => undefined;
		const intake = new Intake(async (messages) => {
			if (messages.length > 100) await new Promise<void>((resolve) => (large = resolve));
			order.push(...new Set(messages.map(({ event }) => event ?? '')));
			if (order.includes('other')) large();
			return report(messages);
		}, 2);
		const many = (event: string, count: number, userId: string) => ({ ...delivery(event), messages: Array.from({ length: count }, () => ({ type: 'track' as const, userId, event })) });

		await Promise.all([many('first', 500, 'u1'), many('other', 1, 'u2'), many('second', 1, 'u1'), many('third', 1, 'u3')].map((given) => intake.add(given)));

		expect(order).toEqual(['other', 'first', 'second', 'third']);
	});
});
