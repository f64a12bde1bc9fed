import { sql } from 'kysely';

import { collectedKeeper, createCollector, type Collector } from '../../../engine/collector';
import { systemRandom } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { post, startParts, WRITE_KEY, type Parts } from './parts';

const EMITTING = { writeKeys: { [WRITE_KEY]: 'shop' }, publicUrl: 'https://t.example.com/', port: null, workflow: 'workflow-c' };

describe.each(DATABASES)('events that another process took than the one that emits, on %s', (kind) => {
	let parts: Parts;
	/** A webhook process: it takes events and runs no trigger. */
	let receiving: Collector;

	beforeEach(async () => {
		parts = await startParts(kind);
		const { store, settings, events, tracking, pages, onSite, reports, browsers, images, clock } = parts;
		receiving = createCollector({ store, browsers, random: systemRandom, settings, events, tracking, pages, onSite, reports, images, clock, unsold: async () => new Set(), log: { info: () => undefined, warn: (message) => void parts.logged.push(message), error: () => undefined } });
	});
	afterEach(async () => {
		await receiving.close();
		await parts.close();
	});

	const configure = (emits: { names?: string[] } | null) => parts.collector.configure({ ...EMITTING, emits });
	const send = (...names: string[]) => receiving.handle(post('batch', { batch: names.map((event, n) => ({ type: 'track', userId: `u${n}`, event, messageId: `${event}-${n}` })) }));
	const next = (more: object = {}) => parts.collector.nextEvents('workflow-c', { size: 100, maxWaitMs: 0, ...more });
	const waiting = async () => (await parts.store.read((reader) => reader.first(sql<{ n: number }>`select count(*) as n from collected_event`)))?.n;

	it('come to it through the database, in order, once each, with the person', async () => {
		await configure({});
		await send('A', 'B');
		await send('A', 'B');

		const { events, batch } = await next();
		await parts.collector.emitted('workflow-c', batch ?? '');

		expect(events.map(({ event, profileId, userId, source }) => [event, profileId, userId, source])).toEqual([['A', 1, 'u0', 'shop'], ['B', 2, 'u1', 'shop']]);
		expect(batch).toEqual(expect.any(String));
		expect(await waiting()).toBe(0);
		expect(await next()).toEqual({ events: [], batch: null });
	});

	it('are not written down when nothing is emitted, nor those that were not asked for', async () => {
		await configure(null);
		await send('A');
		expect(await waiting()).toBe(0);

		await configure({ names: ['B'] });
		await send('C', 'B');
		expect((await next()).events.map(({ event }) => event)).toEqual(['B']);
	});

	it('wait for others as long as they may, or until there are enough', async () => {
		await configure({});
		await send('A');
		expect((await next({ size: 3, maxWaitMs: 60_000 })).events).toEqual([]);
		await send('B', 'C', 'D');
		expect((await next({ size: 3, maxWaitMs: 60_000 })).events.map(({ event }) => event)).toEqual(['A', 'B', 'C']);
		parts.clock.advance(60_000);

		expect((await next({ size: 3, maxWaitMs: 60_000 })).events.map(({ event }) => event)).toEqual(['D']);
	});

	it('are given again under the same key, when the process that had them is gone before their execution has ended', async () => {
		await configure({});
		await send('A');
		const first = await next();
		expect((await next()).events).toEqual([]);

		await parts.collector.leaveEvents('workflow-c');
		const again = await next();
		await send('B');
		const later = await next();

		expect([again, later.events.map(({ event }) => event)]).toEqual([first, ['B']]);
	});

	it('are not given twice when the trigger begins to ask in this very process', async () => {
		await configure({});
		const asked = next({ maxWaitMs: 60_000 });
		await parts.collector.handle(post('track', { userId: 'u1', event: 'Here', messageId: 'h' }));

		expect(await waiting()).toBe(0);
		await parts.collector.leaveEvents('workflow-c');
		await asked;
	});

	it('go with a person who is erased, and with the collector', async () => {
		await configure({});
		await send('A', 'B');
		await parts.store.tx('erase', async (tx) => await collectedKeeper.eraseAll(tx, [1]));
		expect((await next()).events.map(({ profileId }) => profileId)).toEqual([2]);

		await send('C');
		await parts.collector.remove('workflow-c');
		expect(await waiting()).toBe(0);
	});

	it('hold whatever JSON may hold, a NUL and half a character included', async () => {
		await configure({});
		await receiving.handle(post('track', { userId: 'u1', event: 'A', properties: { note: 'a\u0000b\ud800' } }));

		expect((await next()).events[0]?.properties).toEqual({ note: 'a\u0000b\ud800' });
	});
});
