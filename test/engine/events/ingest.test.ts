import { sql } from 'kysely';

import { ENGAGEMENT_EVENTS, type TrackingMessage } from '../../../engine/events';
import { DATABASES, TEST_START_MS } from '../databases';
import { allEvents, counting, gapsInNumbers, openWorld } from './fixture';

const HOUR_MS = 3_600_000;

function track(event: string, more: Partial<TrackingMessage> = {}): TrackingMessage {
	return { type: 'track', userId: 'u1', event, ...more };
}

describe.each(DATABASES)('ingest on %s', (kind) => {
	it('takes a message once however often it is sent, within a batch and across batches, per source', async () => {
		const world = await openWorld(kind);
		const message = track('Order Completed', { messageId: 'm1' });

		const first = await world.events.ingest([message, message], { source: 'shop' });
		const again = await world.events.ingest([message], { source: 'shop' });
		const elsewhere = await world.events.ingest([message], { source: 'app' });

		expect([first, again, elsewhere]).toMatchObject([{ accepted: 1, duplicates: 1 }, { accepted: 0, duplicates: 1 }, { accepted: 1, duplicates: 0 }]);
		expect(first.profiles).toEqual([1, 1]);
		expect(again.profiles).toEqual([1]);
		expect(await world.rows(allEvents)).toHaveLength(2);
		expect(world.told.events).toHaveLength(2);
		await world.close();
	});

	it('does not set old attributes again when an old identify is repeated', async () => {
		const world = await openWorld(kind);
		const old: TrackingMessage = { type: 'identify', userId: 'u1', messageId: 'i1', traits: { plan: 'free' } };
		await world.events.ingest([old], { source: 'shop' });
		await world.events.ingest([{ type: 'identify', userId: 'u1', messageId: 'i2', traits: { plan: 'pro' } }], { source: 'shop' });

		const repeat = await world.events.ingest([old], { source: 'shop' });

		expect(repeat).toMatchObject({ accepted: 0, duplicates: 1, profiles: [1] });
		expect((await world.profiles.get({ profileId: 1 }))?.attributes).toEqual({ plan: 'pro' });
		await world.close();
	});

	it('numbers the events of each profile without gaps, in the order they came', async () => {
		const world = await openWorld(kind);
		await world.events.ingest([track('a'), track('b', { userId: 'u2' }), track('c'), track('d', { type: 'dance' as 'track' }), track('e')], { source: 's' });
		await world.events.ingest([track('f', { messageId: 'x' }), track('f', { messageId: 'x' }), track('g', { userId: 'u2' }), track('h')], { source: 's' });

		expect((await world.rows(allEvents)).map((row) => [row.profile, row.event_no, row.name])).toEqual([
			[1, 1, 'a'], [1, 2, 'c'], [1, 3, 'e'], [1, 4, 'f'], [1, 5, 'h'], [2, 1, 'b'], [2, 2, 'g'],
		]);
		const stored = await world.rows<{ id: number; profile: number; event_no: number }>(sql`select id, profile, event_no from event order by id`);
		expect(world.told.events.map(({ id, profile, eventNo }) => ({ id, profile, event_no: eventNo }))).toEqual(stored);
		await world.close();
	});

	it('refuses bad messages one by one with a reason and takes the others', async () => {
		const world = await openWorld(kind);
		let deep: unknown = 1;
		for (let level = 0; level < 40; level += 1) deep = { deep };
		const batch = [
			track('good'),
			{ type: 'dance' as 'track', userId: 'u1' },
			{ type: 'track', event: 'nobody' },
			track(''),
			track('x'.repeat(201)),
			track('big', { properties: { text: 'x'.repeat(33_000) } }),
			track('deep', { properties: { deep } as never }),
			track('when', { timestamp: 'yesterday' }),
			track('seconds', { timestamp: 1_700_000_000 }),
			track('placeholder', { userId: 'null' }),
			track('unknown', { profileId: 999 }),
			track('list', { properties: [1] as never }),
			null,
			track('good too', { userId: 'u2' }),
		] as TrackingMessage[];

		const report = await world.events.ingest(batch, { source: 's' });

		expect(report).toMatchObject({ accepted: 2, duplicates: 0 });
		expect(report.profiles).toEqual([1, ...Array<null>(12).fill(null), 2]);
		const reasons = new Map(report.rejected.map(({ index, reason }) => [index, reason]));
		expect([...reasons.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
		expect(reasons.get(1)).toMatch(/"dance": use identify, track, page, screen, group or alias/);
		expect(reasons.get(2)).toMatch(/user id/);
		expect(reasons.get(5)).toMatch(/32 KB/);
		expect(reasons.get(6)).toMatch(/32 levels/);
		expect(reasons.get(7)).toMatch(/ISO 8601/);
		expect(reasons.get(9)).toMatch(/placeholder/);
		expect(reasons.get(10)).toMatch(/No profile/);
		await world.close();
	});

	it('cleans what no database stores instead of losing the batch to it', async () => {
		const world = await openWorld(kind);

		const report = await world.events.ingest(
			[track('nul\0 and \ud800 half', { properties: { 'na\0me': 'a\0b', half: '\udc00x', path: 'C:\\u0000', emoji: '😀' } }), track('other')],
			{ source: 's' },
		);

		expect(report).toMatchObject({ accepted: 2, rejected: [] });
		const view = await world.profiles.get({ profileId: 1 });
		expect(view?.events.map((event) => [event.name, event.properties])).toEqual([
			['other', {}],
			['nul and \ufffd half', { name: 'ab', half: '\ufffdx', path: 'C:\\u0000', emoji: '😀' }],
		]);
		await world.close();
	});

	it('marks what is older than a day on arrival, or imported, as historical; a clock that is ahead becomes the time of receipt', async () => {
		const world = await openWorld(kind);
		await world.events.ingest(
			[
				track('fresh', { timestamp: TEST_START_MS - 24 * HOUR_MS }),
				track('late', { timestamp: new Date(TEST_START_MS - 24 * HOUR_MS - 1).toISOString() }),
				track('ahead', { timestamp: TEST_START_MS + 7 * 24 * HOUR_MS }),
				track('zoned', { timestamp: '2026-03-02T09:30:00+01:00' }),
				track('bare', { timestamp: '2026-03-02 08:00' }),
			],
			{ source: 's' },
		);
		await world.events.ingest([track('imported')], { source: 'import', historical: true });

		expect((await world.rows(allEvents)).map((row) => [row.name, row.historical, row.occurred_at - TEST_START_MS])).toEqual([
			['fresh', 0, -24 * HOUR_MS], ['late', 1, -24 * HOUR_MS - 1], ['ahead', 0, 0], ['zoned', 0, -HOUR_MS / 2], ['bare', 0, -HOUR_MS], ['imported', 1, 0],
		]);
		expect(world.told.events.map((event) => event.historical)).toEqual([false, true, false, false, false, true]);
		await world.close();
	});

	it('tells journeys about segment entries: live ones as live, those from late or imported messages as historical', async () => {
		const world = await openWorld(kind);
		const buyers = await world.segments.save({ name: 'Buyers', rule: { event: 'Order' } });

		const live = await world.events.ingest([track('Order')], { source: 's' });
		await world.events.ingest([track('Order', { userId: 'late', timestamp: TEST_START_MS - 48 * HOUR_MS })], { source: 's' });
		await world.events.ingest([track('Order', { userId: 'imported' })], { source: 's', historical: true });
		await world.events.ingest([track('Order', { userId: 'both', timestamp: TEST_START_MS - 48 * HOUR_MS }), track('Order', { userId: 'both' })], { source: 's' });

		expect(live.entered).toBe(1);
		expect(world.told.entries).toEqual([
			{ segment: buyers.id, profile: 1, historical: false }, { segment: buyers.id, profile: 2, historical: true },
			{ segment: buyers.id, profile: 3, historical: true }, { segment: buyers.id, profile: 4, historical: false },
		]);
		await world.close();
	});

	it('counts an identify that comes a day late, and starts no journey by it, unless something of now is told with it', async () => {
		const world = await openWorld(kind);
		const pro = await world.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		const [late, now] = [TEST_START_MS - 24 * HOUR_MS - 1, TEST_START_MS - 24 * HOUR_MS];
		const identify = (userId: string, timestamp: number, traits: TrackingMessage['traits'] = { plan: 'pro' }): TrackingMessage => ({ type: 'identify', userId, timestamp, traits });
		await world.events.ingest(['new before', 'left'].map((userId) => identify(userId, now, { plan: userId === 'left' ? 'pro' : 'free' })), { source: 's' });
		world.told.entries = [];

		await world.events.ingest([
			identify('at once', now), identify('late', late), identify('new before', late),
			identify('with news', late), identify('with news', now, { city: 'Bern' }),
			identify('no news', late), identify('no news', now, {}),
			identify('with event', late), track('Order', { userId: 'with event' }),
			identify('with late event', late), track('Order', { userId: 'with late event', timestamp: late }),
			identify('left', late, { plan: 'free' }),
		], { source: 's' });

		const names = new Map((await world.rows<{ profile: number; value: string }>(sql`select profile, value from identity`)).map(({ profile, value }) => [profile, value]));
		expect(Object.fromEntries(world.told.entries.map(({ profile, historical }) => [names.get(profile), historical]))).toEqual({
			'at once': false, late: true, 'new before': true, 'with news': false, 'no news': false, 'with event': false, 'with late event': true,
		});
		expect(world.told.leavers).toMatchObject([{ segment: pro.id, historical: true }]);
		expect((await world.profiles.get({ kind: 'user_id', value: 'late' }))?.attributes).toEqual({ plan: 'pro' });
		await world.close();
	});

	it('starts no journey by a group call that comes a day late, for whoever joins by it and for the other members', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Big', rule: { group: { attribute: 'size', operator: 'greater', value: 10 } } });
		const late = TEST_START_MS - 48 * HOUR_MS;
		const group = (groupId: string, userId: string, timestamp: number, size?: number): TrackingMessage => ({ type: 'group', groupId, userId, timestamp, ...(size === undefined ? {} : { traits: { size } }) });
		await world.events.ingest([group('old', 'old member', TEST_START_MS), group('mixed', 'mixed member', TEST_START_MS), group('new', 'new member', TEST_START_MS)], { source: 's' });

		await world.events.ingest([
			group('old', 'old joiner', late, 50), group('new', 'new joiner', TEST_START_MS, 50),
			group('mixed', 'late joiner', late, 50), group('mixed', 'joiner now', TEST_START_MS),
		], { source: 's' });

		const names = new Map((await world.rows<{ profile: number; value: string }>(sql`select profile, value from identity`)).map(({ profile, value }) => [profile, value]));
		expect(Object.fromEntries(world.told.entries.map(({ profile, historical }) => [names.get(profile), historical]))).toEqual({
			'old joiner': true, 'old member': true, 'new joiner': false, 'new member': false, 'late joiner': true, 'joiner now': false, 'mixed member': false,
		});
		await world.close();
	});

	it('sets and unsets attributes, makes identities of email and phone, and lists names and types', async () => {
		const world = await openWorld(kind);
		await world.events.ingest(
			[
				{ type: 'identify', userId: 'u1', traits: { email: ' Ada@Example.COM ', phone: '+49 170 1234567', plan: 'pro', age: 36, tags: ['a'], address: { city: 'Köln' } } },
				{ type: 'identify', userId: 'u1', traits: { plan: null, age: 37 } },
				track('Order', { properties: { value: 12.5, items: [{ sku: 'x' }], shipping: { method: 'post' }, gift: true } }),
				{ type: 'identify', userId: 'u9', traits: { email: 'not an address', phone: '555' } },
			],
			{ source: 's' },
		);

		const view = await world.profiles.get({ kind: 'email', value: 'ada@example.com ' });
		expect(view?.attributes).toEqual({ email: 'ada@example.com', phone: '+49 170 1234567', age: 37, tags: ['a'], address: { city: 'Köln' } });
		expect(view?.identities).toEqual([{ kind: 'email', value: 'ada@example.com' }, { kind: 'phone', value: '+491701234567' }, { kind: 'user_id', value: 'u1' }]);
		expect((await world.profiles.get({ kind: 'user_id', value: 'u9' }))?.identities).toEqual([{ kind: 'user_id', value: 'u9' }]);
		expect(await world.profiles.attributes()).toEqual([
			{ name: 'address', types: ['object'] }, { name: 'address.city', types: ['text'] }, { name: 'age', types: ['number'] }, { name: 'email', types: ['text'] },
			{ name: 'phone', types: ['text'] }, { name: 'plan', types: ['text'] }, { name: 'tags', types: ['list'] },
		]);
		expect(await world.events.names()).toEqual(['Order', ...ENGAGEMENT_EVENTS].sort());
		expect(await world.events.properties('Order')).toEqual([
			{ name: 'gift', types: ['boolean'] }, { name: 'items', types: ['list'] }, { name: 'shipping', types: ['object'] }, { name: 'shipping.method', types: ['text'] }, { name: 'value', types: ['number'] },
		]);
		await world.close();
	});

	it('lists a new name even when the transaction that saw it first was rolled back', async () => {
		const world = await openWorld(kind);
		await expect(world.store.tx('t', async (tx) => { await world.events.ingestIn(tx, [track('Order')], { source: 's' }); throw new Error('no'); })).rejects.toThrow();
		expect(await world.rows(allEvents)).toEqual([]);

		await world.events.ingest([track('Order')], { source: 's' });

		expect(await world.events.names()).toContain('Order');
		await world.close();
	});

	it('needs the same number of statements for 500 messages as for 10', async () => {
		const count: number[] = [];
		for (const size of [10, 500]) {
			let statements = () => 0;
			const world = await openWorld(kind, (store) => {
				const counted = counting(store);
				statements = counted.statements;
				return counted.store;
			});
			await world.segments.save({ name: 'Buyers', rule: { all: [{ event: 'Order', withinSeconds: 60 }, { attribute: 'plan', operator: 'exists' }] } });
			const batch = Array.from({ length: size }, (_none, n): TrackingMessage =>
				n % 2 === 0
					? track('Order', { userId: `u${n % 7}`, anonymousId: `a${n}`, messageId: `m${n}` })
					: { type: 'identify', userId: `v${n}`, messageId: `i${n}`, traits: { plan: `p${n}`, email: `a${n}@example.com` } },
			);
			const before = statements();

			await world.events.ingest(batch, { source: 's' });

			count.push(statements() - before);
			await world.close();
		}

		expect(count[1]).toBe(count[0]);
		expect(count[0]).toBeLessThan(30);
	});

	it('keeps numbers without gaps and people single when two ingests of the same people run at once', async () => {
		const world = await openWorld(kind);
		const batch = (turn: number) =>
			Array.from({ length: 40 }, (_none, n) => track(`e${n}`, { userId: `u${(n + turn) % 20}`, anonymousId: `a${(n + turn) % 20}`, messageId: `m${turn}-${n}` }));

		const reports = await Promise.all(Array.from({ length: 12 }, (_none, turn) => world.events.ingest(turn % 2 === 0 ? batch(turn) : batch(turn).reverse(), { source: 's' })));

		expect(reports.map((report) => report.accepted)).toEqual(Array(12).fill(40));
		expect(await world.profiles.count()).toBe(20);
		expect(await world.rows(sql`select kind, count(*) as n from identity group by kind order by kind`)).toEqual([{ kind: 'anonymous_id', n: 20 }, { kind: 'user_id', n: 20 }]);
		expect(await world.rows(gapsInNumbers)).toEqual([]);
		expect(await world.rows(sql`select profile from event group by profile having count(*) <> 24`)).toEqual([]);
		await world.close();
	});

	it('gives a message to one person only when two claim it at once', async () => {
		const world = await openWorld(kind);
		const batch = (who: string) => Array.from({ length: 30 }, (_none, n) => track(`e${n}`, { userId: `${who}${n % 3}`, messageId: `m${n}` }));

		const reports = await Promise.all(['a', 'b', 'c', 'd'].map((who) => world.events.ingest(who < 'c' ? batch(who) : batch(who).reverse(), { source: 's' })));

		expect(reports.reduce((sum, report) => sum + report.accepted, 0)).toBe(30);
		expect(await world.rows(allEvents)).toHaveLength(30);
		expect(await world.rows(gapsInNumbers)).toEqual([]);
		for (const report of reports) expect(new Set(report.profiles)).toEqual(new Set((await world.rows(allEvents)).map((row) => row.profile)));
		await world.close();
	});

	it('stores the new messages of a batch that holds repeats among them, numbered without gaps', async () => {
		const world = await openWorld(kind);
		await world.events.ingest([track('a', { messageId: '1' }), track('b', { messageId: '3', userId: 'u2' })], { source: 's' });

		const report = await world.events.ingest(['0', '1', '2', '3', '4'].map((messageId) => track(`n${messageId}`, { messageId })), { source: 's' });

		expect(report).toMatchObject({ accepted: 3, duplicates: 2, profiles: [1, 1, 1, 2, 1] });
		expect((await world.rows(allEvents)).map((row) => [row.profile, row.event_no, row.name])).toEqual([[1, 1, 'a'], [1, 2, 'n0'], [1, 3, 'n2'], [1, 4, 'n4'], [2, 1, 'b']]);
		expect(world.told.events.map((event) => event.name)).toEqual(['a', 'b', 'n0', 'n2', 'n4']);
		await world.close();
	});

	it('stores the same batch once when it is sent twice at once', async () => {
		const world = await openWorld(kind);
		const batch = Array.from({ length: 50 }, (_none, n) => track('e', { userId: `u${n}`, messageId: `m${n}` }));

		const reports = await Promise.all([world.events.ingest(batch, { source: 's' }), world.events.ingest(batch, { source: 's' }), world.events.ingest(batch, { source: 's' })]);

		expect(reports.reduce((sum, report) => sum + report.accepted, 0)).toBe(50);
		expect(reports.reduce((sum, report) => sum + report.duplicates, 0)).toBe(100);
		expect(await world.rows(allEvents)).toHaveLength(50);
		await world.close();
	});
});
