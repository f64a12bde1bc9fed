import { sql } from 'kysely';

import { createEvents, type TrackingMessage } from '../../../engine/events';
import { createSegments, type SegmentRule } from '../../../engine/segments';
import { DATABASES, TEST_START_MS } from '../databases';
import { openWorld, Told, type World } from '../events/fixture';

async function people(world: World, count: number, more: Partial<TrackingMessage> = {}): Promise<void> {
	const batch = Array.from({ length: count }, (_none, n): TrackingMessage => ({ type: 'identify', userId: `u${n + 1}`, traits: { n: n + 1 }, ...more }));
	expect((await world.events.ingest(batch, { source: 't' })).accepted).toBe(count);
}

const within = (seconds: number): SegmentRule => ({ event: 'Order', withinSeconds: seconds });

describe.each(DATABASES)('segments on %s', (kind) => {
	it('builds for everybody on save and starts no journey by it', async () => {
		const world = await openWorld(kind);
		await people(world, 5);

		const view = await world.segments.save({ name: 'Upper', rule: { attribute: 'n', operator: 'greater', value: 3 } });

		expect(view).toMatchObject({ name: 'Upper', members: 2 });
		expect((await world.segments.members('Upper')).map((member) => member.profile)).toEqual([4, 5]);
		expect(await world.segments.members('Upper', { afterProfile: 4, limit: 1 })).toMatchObject([{ profile: 5, attributes: { n: 5 }, enteredAt: '2026-03-02T09:00:00.000Z' }]);
		expect((await world.profiles.get({ profileId: 4 }))?.segments).toEqual(['Upper']);
		expect(world.told.entries).toEqual([]);
		await world.close();
	});

	it('keeps members who stay, with their time of entering, when a rule is changed', async () => {
		const world = await openWorld(kind);
		await people(world, 5);
		await world.segments.save({ name: 'S', rule: { attribute: 'n', operator: 'greater', value: 2 } });
		world.clock.advance(1000);

		const view = await world.segments.save({ name: 'S', rule: { attribute: 'n', operator: 'in', value: [1, 4, 5] } });

		expect(view.members).toBe(3);
		expect((await world.segments.members('S')).map((member) => [member.profile, member.enteredAt])).toEqual([
			[1, '2026-03-02T09:00:01.000Z'], [4, '2026-03-02T09:00:00.000Z'], [5, '2026-03-02T09:00:00.000Z'],
		]);
		await world.close();
	});

	it.each([['', 1], [', with half an emoji in it', 'x\ud83d']])('leaves everything as it is when the same rule is saved again%s', async (_what, value) => {
		const world = await openWorld(kind);
		const first = await world.segments.save({ name: 'S', rule: { all: [{ attribute: 'n', operator: 'equals', value }] } });
		world.clock.advance(1000);

		const again = await world.segments.save({ name: 'S', rule: { all: [{ value, operator: 'equals', attribute: 'n' }] } });

		expect(again).toEqual(first);
		await world.close();
	});

	it('moves people at the very millisecond at which time changes the answer, and tells the journeys', async () => {
		const world = await openWorld(kind);
		const quiet = await world.segments.save({ name: 'Quiet', rule: { all: [{ attribute: 'n', operator: 'exists' }, { event: 'Order', withinSeconds: 60, count: { operator: 'exactly', value: 0 } }] } });
		await people(world, 2);
		world.clock.advance(500);
		await world.events.ingest([{ type: 'track', userId: 'u1', event: 'Order' }, { type: 'track', userId: 'u1', event: 'Order', timestamp: TEST_START_MS + 200 }], { source: 't' });
		expect((await world.segments.members('Quiet')).map((member) => member.profile)).toEqual([2]);
		world.told.entries = [];

		world.clock.advance(59_999);
		await world.segments.recheckDue(100);
		expect((await world.segments.members('Quiet')).map((member) => member.profile)).toEqual([2]);
		world.clock.advance(1);
		expect(await world.segments.recheckDue(100)).toBe(1);

		expect((await world.segments.members('Quiet')).map((member) => member.profile)).toEqual([1, 2]);
		expect(world.told.entries).toEqual([{ segment: quiet.id, profile: 1, historical: false }]);
		expect(await world.rows(sql`select * from segment_recheck`)).toEqual([]);
		await world.close();
	});

	it('keeps to the earlier instant when something late or changed brings the next change forward', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Spent 10', rule: { event: 'Order', sum: { property: 'total', operator: 'greaterOrEqual', value: 10 }, withinSeconds: 60 } });
		await world.segments.save({ name: 'Birthday', rule: { anniversary: 'born', zone: 'Asia/Seoul' } });
		const [profile = 0] = (await world.events.ingest([
			{ type: 'track', userId: 'u1', event: 'Order', properties: { total: '4.00' } }, { type: 'identify', userId: 'u1', traits: { born: '1990-03-09' } },
		], { source: 't' })).profiles.map(Number);
		await world.events.ingest([
			{ type: 'track', userId: 'u1', event: 'Order', properties: { total: 6 }, timestamp: TEST_START_MS - 20_000 }, { type: 'identify', userId: 'u1', traits: { born: '1990-03-03' } },
		], { source: 't' });
		const inside = async () => [...(await world.segments.members('Spent 10')), ...(await world.segments.members('Birthday'))].map((member) => `${member.profile} since ${member.enteredAt}`);
		expect(await inside()).toEqual([`${profile} since 2026-03-02T09:00:00.000Z`]);

		world.clock.set(TEST_START_MS + 40_000);
		await world.segments.recheckDue(10);
		expect(await inside()).toEqual([]);
		world.clock.set(Date.parse('2026-03-02T14:59:59.999Z'));
		await world.segments.recheckDue(10);
		expect(await inside()).toEqual([]);
		world.clock.advance(1);
		await world.segments.recheckDue(10);

		expect(await inside()).toEqual([`${profile} since 2026-03-02T15:00:00.000Z`]);
		await world.close();
	});

	it('handles no more people than asked, the longest due first, and none before their time', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Recent', rule: within(10) });
		for (let n = 0; n < 5; n += 1) {
			await people(world, 1, { type: 'track', event: 'Order', userId: `u${n}` });
			world.clock.advance(1000);
		}

		world.clock.advance(8000);
		const handled = [await world.segments.recheckDue(2), await world.segments.recheckDue(10)];

		expect(handled).toEqual([2, 2]);
		expect((await world.segments.members('Recent')).map((member) => member.profile)).toEqual([5]);
		await world.close();
	});

	it('forgets appointments of people who are gone', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Recent', rule: within(10) });
		await people(world, 1, { type: 'track', event: 'Order' });
		await world.store.tx('t', (tx) => tx.run(sql`delete from profile`));
		world.clock.advance(10_000);

		expect(await world.segments.recheckDue(10)).toBe(1);

		expect(await world.rows(sql`select * from segment_recheck`)).toEqual([]);
		await world.close();
	});

	it('forgets appointments of a rule that time changes no more', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'S', rule: within(10) });
		await people(world, 3, { type: 'track', event: 'Order' });
		await world.segments.save({ name: 'S', rule: { event: 'Order' } });
		world.clock.advance(10_000);

		expect([await world.segments.recheckDue(1000), await world.segments.recheckDue(1000)]).toEqual([3, 0]);

		expect(await world.segments.count({ name: 'S' })).toBe(3);
		await world.close();
	});

	it('counts zero events for people who have none, and takes new people into such a segment at once', async () => {
		const world = await openWorld(kind);
		await people(world, 1);
		await world.segments.save({ name: 'None', rule: { event: 'Order', count: { operator: 'atMost', value: 0 } } });
		await world.segments.save({ name: 'Not pro', rule: { attribute: 'plan', operator: 'notEquals', value: 'pro' } });

		await people(world, 2, { type: 'track', event: 'Viewed' });
		await people(world, 1, { type: 'track', event: 'Order' });

		expect((await world.segments.members('None')).map((member) => member.profile)).toEqual([2]);
		expect(await world.segments.count({ name: 'Not pro' })).toBe(2);
		await world.close();
	});

	it('sees a segment that another process saved', async () => {
		const world = await openWorld(kind);
		await people(world, 1, { type: 'track', event: 'Order' });
		const other = createSegments({ store: world.store, reactions: new Told() });
		await other.save({ name: 'Buyers', rule: { event: 'Order' } });

		await people(world, 2, { type: 'track', event: 'Order' });

		expect(await world.segments.count({ name: 'Buyers' })).toBe(2);
		await other.save({ name: 'Buyers', rule: { event: 'Order', count: { operator: 'atLeast', value: 3 } } });
		await people(world, 1, { type: 'track', event: 'Order' });
		expect((await world.segments.members('Buyers')).map((member) => member.profile)).toEqual([1]);
		await world.close();
	});

	it('misses nobody when a build and ingests of several processes run at once', async () => {
		const world = await openWorld(kind);
		await people(world, 200);
		const others = Array.from({ length: 3 }, () => {
			const reactions = new Told();
			return createEvents({ store: world.store, segments: createSegments({ store: world.store, reactions }), reactions });
		});
		const order = (n: number): TrackingMessage => ({ type: 'track', userId: `u${n + 1}`, event: n % 5 === 0 ? 'Viewed' : 'Order' });

		await Promise.all([
			...others.map((events, part) => (async () => {
				for (let from = part * 60; from < part * 60 + 60; from += 10) await events.ingest(Array.from({ length: 10 }, (_none, n) => order(from + n)), { source: `p${part}` });
			})()),
			(async () => {
				for (let n = 0; n < 4; n += 1) await world.segments.save({ name: `Buyers ${n}`, rule: { event: 'Order', withinSeconds: 1000 + n } });
			})(),
		]);

		for (let n = 0; n < 4; n += 1) {
			expect(await world.segments.count({ name: `Buyers ${n}` })).toBe(144);
			expect(await world.segments.count({ rule: within(1000 + n) })).toBe(144);
		}
		expect(await world.rows(sql`select segment, count(*) as n from segment_recheck group by segment order by segment`)).toMatchObject(Array(4).fill({ n: 144 }));
		await world.close();
	});

	it('answers for chosen people only, by name or by a rule that is not saved', async () => {
		const world = await openWorld(kind);
		await people(world, 4);
		await world.segments.save({ name: 'Odd', rule: { attribute: 'n', operator: 'in', value: [1, 3] } });

		expect(await world.segments.evaluate({ name: 'Odd' }, [4, 3, 2])).toEqual([3]);
		expect(await world.segments.evaluate({ rule: { none: [{ attribute: 'n', operator: 'in', value: [1, 3] }] } }, [4, 3, 2])).toEqual([2, 4]);
		expect(await world.segments.evaluate({ rule: { all: [] } }, [])).toEqual([]);
		expect(await world.segments.count({ rule: { all: [] } })).toBe(4);
		expect(await world.segments.count({ rule: { any: [] } })).toBe(0);
		await world.close();
	});

	it.each<[string, unknown]>([
		['exactly one of', {}], ['exactly one of', { all: [], any: [] }], ['is an object', null], ['is an object', []], ['list of rules', { all: {} }], ['not an operator', { attribute: 'a', operator: 'x' }],
		['name of an event', { event: '' }], ['whole number', { event: 'a', count: { operator: 'atLeast', value: 1.5 } }], ['needs an operator', { event: 'a', count: { operator: 'most', value: 1 } }],
		['number of seconds', { event: 'a', withinSeconds: 0 }], ['nested deeper', Array.from({ length: 25 }).reduce<unknown>((inner) => ({ all: [inner] }), { all: [] })],
		['at most 200', { any: Array.from({ length: 201 }, () => ({ event: 'a' })) }],
	])('refuses a rule that means nothing: %s', async (message, rule) => {
		const world = await openWorld(kind);

		await expect(world.segments.save({ name: 'S', rule: rule as SegmentRule })).rejects.toMatchObject({ code: 'RULE_INVALID', message: expect.stringContaining(message) as string });
		await expect(world.segments.count({ rule: rule as SegmentRule })).rejects.toMatchObject({ code: 'RULE_INVALID' });

		expect(await world.segments.list()).toEqual([]);
		await world.close();
	});

	it('says which segment is unknown', async () => {
		const world = await openWorld(kind);

		expect(await world.segments.get('Nope')).toBeNull();
		for (const ask of [() => world.segments.count({ name: 'Nope' }), () => world.segments.members('Nope'), () => world.segments.evaluate({ name: 'Nope' }, [1])]) {
			await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('"Nope"') as string });
		}
		await expect(world.segments.save({ name: ' ', rule: { all: [] } })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await world.close();
	});
});
