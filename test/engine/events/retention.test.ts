import { sql } from 'kysely';

import type { TrackingMessage } from '../../../engine/events';
import { DATABASES } from '../databases';
import { World as Journeys } from '../journeys/world';
import { allEvents, openWorld, type World } from './fixture';

const DAY_MS = 24 * 60 * 60 * 1000;
const track = (event: string, more: Partial<TrackingMessage> = {}): TrackingMessage => ({ type: 'track', userId: 'u1', event, ...more });

describe.each(DATABASES)('retention on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await openWorld(kind);
	});
	afterEach(() => world.close());

	const prune = async (retention: Record<string, number>) => (await world.events.prune(retention)).deleted;
	const names = async () => (await world.rows(allEvents)).map(({ name, event_no }) => `${name} ${event_no}`);
	const ingest = async (...messages: TrackingMessage[]) => await world.events.ingest(messages, { source: 's' });

	it('deletes events of a name some days after they arrived, whenever they happened, and leaves the numbers of the others', async () => {
		await ingest(track('View'), track('Order'), track('View', { timestamp: world.clock.nowMs() - 400 * DAY_MS }), track('Search'));
		world.clock.advance(29 * DAY_MS);
		await ingest(track('View'));
		const early = await prune({ View: 30, Search: 7 });
		world.clock.advance(DAY_MS);
		await ingest(track('Order'));

		const deleted = await prune({ View: 30, Search: 7 });

		expect([early, deleted]).toEqual([1, 2]);
		expect(await names()).toEqual(['Order 2', 'View 5', 'Order 6']);
		await ingest(track('Next'));
		expect((await names()).at(-1)).toBe('Next 7');
	});

	it('looks at everything again when a name is added, and at each event once otherwise', async () => {
		await ingest(track('View'), track('Order'), track('Other'));
		world.clock.advance(31 * DAY_MS);

		const deleted = [await prune({ View: 30 }), await prune({ View: 30 }), await prune({ Order: 30, View: 30 })];

		expect(deleted).toEqual([1, 0, 1]);
	});

	it('keeps every other name for as long as * says, and a name of its own for as long as that says', async () => {
		await ingest(track('View'), track('Order'), track('Search'), track('*'));
		world.clock.advance(8 * DAY_MS);
		await ingest(track('View'), track('Newest'));

		const early = await prune({ '*': 7, Order: 30, View: 5 });
		const again = await prune({ '*': 7, Order: 30, View: 5 });
		const left = await names();
		world.clock.advance(23 * DAY_MS);
		await ingest(track('Newest'));
		const late = await prune({ '*': 7, Order: 30, View: 5 });

		expect([early, again, left]).toEqual([3, 0, ['Order 2', 'View 5', 'Newest 6']]);
		expect([late, await names()]).toEqual([3, ['Newest 7']]);
	});

	it('keeps for ever what has no entry, and takes everything where * is the only one', async () => {
		await ingest(track('View'), track('Order'), track('Newest'));
		world.clock.advance(400 * DAY_MS);

		const deleted = [await prune({ View: 7 }), await prune({ '*': 500 }), await prune({ '*': 7 })];

		expect([deleted, await names()]).toEqual([[1, 0, 1], ['Newest 3']]);
	});

	it('lowers scores by what is left, and that starts no journey', async () => {
		const whole = await Journeys.open(kind);
		const { engine, clock } = whole;
		const viewed = { name: 'Viewed', group: 'engagement' as const, points: 10, when: { event: 'View' }, mode: 'perOccurrence' as const };
		await engine.scores.saveModel({ name: 'Interest', rules: [viewed], buckets: [{ name: 'cold' }, { name: 'hot', from: 20 }] });
		await engine.settings.set({ retention: { View: 1 } });
		await engine.events.ingest([track('View'), track('View'), track('Order')], { source: 's' });
		const before = await engine.scores.of('Interest', [1]);
		await whole.walk.register(whole.walk.step('trigger', 'trigger'), { entry: { kind: 'score', model: 'Interest', bucket: 'cold' } });
		clock.advance(2 * DAY_MS);
		await engine.events.ingest([track('Order')], { source: 's' });

		await engine.tick();

		expect([before, await whole.rows('select bucket from score')]).toMatchObject([[{ total: 20, bucket: 'hot' }], [{ bucket: 'cold' }]]);
		expect((await engine.scores.history({ model: 'Interest', kind: 'bucket' })).changes[0]).toMatchObject({ from: 'hot', to: 'cold' });
		expect(await whole.enrollments()).toEqual([]);
		await whole.close();
	});

	it('works off more than one slice, a bounded number a call', async () => {
		for (let n = 0; n < 5; n += 1) await ingest(...Array.from({ length: 1_000 }, (_none, m) => track(m % 2 === 0 ? 'View' : 'Order', { userId: `u${m % 10}` })));
		world.clock.advance(2 * DAY_MS);
		await ingest(track('Newest'));

		expect(await world.events.prune({ View: 1 })).toEqual({ deleted: 2_500, more: false });
		expect(await world.rows(sql`select name, count(*) as n from event group by name order by name`)).toEqual([{ name: 'Newest', n: 1 }, { name: 'Order', n: 2_500 }]);
	});

	it('moves people by what is left, and that starts no journey', async () => {
		await world.segments.save({ name: 'Viewers', rule: { event: 'View' } });
		await world.segments.save({ name: 'Never viewed', rule: { none: [{ event: 'View' }] } });
		await ingest(track('View'), track('Order'));
		world.clock.advance(2 * DAY_MS);
		world.told.entries = [];

		await prune({ View: 1 });

		expect((await world.segments.members('Never viewed')).map(({ profile }) => profile)).toEqual([1]);
		expect(await world.segments.members('Viewers')).toEqual([]);
		expect(world.told.entries.filter(({ historical }) => !historical)).toEqual([]);
	});

	it('never gives the id of a deleted event to another one', async () => {
		await ingest(track('A'), track('B'));
		const before = await world.rows<{ id: number }>(sql<{ id: number }>`select id from event order by id`);
		await world.store.tx('erase', (tx) => tx.run(sql`delete from event`));

		await ingest(track('C', { messageId: 'c' }), track('D', { userId: 'u2' }));
		// A repeat of C takes the batch back first.
		await ingest(track('C', { messageId: 'c' }), track('E'));

		const after = await world.rows<{ id: number; name: string }>(sql<{ id: number; name: string }>`select id, name from event order by id`);
		expect(after.map(({ name }) => name)).toEqual(['C', 'D', 'E']);
		expect(Math.min(...after.map(({ id }) => id))).toBeGreaterThan(Math.max(...before.map(({ id }) => id)));
		expect(world.told.events.slice(2).map(({ id }) => id)).toEqual(after.map(({ id }) => id));
	});

	it('forgets message ids of identify calls after 30 days', async () => {
		await ingest({ type: 'identify', userId: 'u1', messageId: 'old', traits: { a: 1 } });
		world.clock.advance(29 * DAY_MS);
		await ingest({ type: 'identify', userId: 'u1', messageId: 'new', traits: { a: 2 } });
		world.clock.advance(2 * DAY_MS);

		await prune({});

		expect(await world.rows(sql`select message_id from identified`)).toEqual([{ message_id: 's:new' }]);
	});
});
