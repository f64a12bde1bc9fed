import { sql } from 'kysely';

import { DATABASES } from '../databases';
import { answered, configured, post, request, startParts, storedEvents, type Parts } from './parts';

const CONTEXT = {
	page: { url: 'https://shop.example/a', path: '/a', referrer: 'https://search.example/', search: '', title: 'A' },
	campaign: { name: 'spring', source: 'newsletter', medium: 'email', odd: { x: 1 } },
	locale: 'de-DE', timezone: 'Europe/Berlin', ip: '203.0.113.9', userAgent: 'Mozilla/5.0', library: { name: 'analytics.js' }, device: { id: 'd' },
};

describe.each(DATABASES)("the collector and Segment's spec on %s", (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	const send = async (route: string, body: object, headers: Record<string, string> = {}, ip?: string) => await parts.collector.handle({ ...post(route, body, headers), ...(ip === undefined ? {} : { ip }) });

	it.each(['page', 'p'])('stores a %s call as Page Viewed, with name and category among the properties', async (route) => {
		const response = await send(route, { anonymousId: 'a1', name: 'Pricing', category: 'Docs', properties: { url: 'https://shop.example/', name: 'Own' }, context: CONTEXT });

		expect(response.status).toBe(200);
		expect(await storedEvents(parts.store)).toMatchObject([{ name: 'Page Viewed', properties: { name: 'Own', category: 'Docs', url: 'https://shop.example/', context: { campaign: { source: 'newsletter' } } } }]);
		// The page's address is among its properties already.
		expect((await storedEvents(parts.store))[0]?.properties.context).not.toHaveProperty('page');
	});

	it('stores a screen call as Screen Viewed', async () => {
		await send('s', { userId: 'u1', name: 'Home' });

		expect(await storedEvents(parts.store)).toMatchObject([{ name: 'Screen Viewed', properties: { name: 'Home' } }]);
	});

	it('takes the short routes of the browser SDK, and answers its metrics without keeping them', async () => {
		const answers = [
			await send('t', { userId: 'u1', event: 'A' }), await send('i', { userId: 'u1', traits: { plan: 'pro' } }), await send('g', { userId: 'u1', groupId: 'acme' }),
			await send('a', { userId: 'u1', previousId: 'anon-1' }), await send('b', { batch: [{ type: 'track', userId: 'u1', event: 'B' }] }), await send('m', { series: [] }),
		];

		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
		expect((await storedEvents(parts.store)).map(({ name }) => name)).toEqual(['A', 'B']);
	});

	it('keeps of the context what is worth keeping, and no IP address unless the settings allow it', async () => {
		await send('track', { userId: 'u1', event: 'A', context: CONTEXT });
		await parts.settings.api.set({ storeIps: true });
		await send('track', { userId: 'u1', event: 'B', context: CONTEXT });
		await send('track', { userId: 'u1', event: 'C' }, { origin: 'https://shop.example' }, '198.51.100.7');
		await send('track', { userId: 'u1', event: 'D' }, {}, '198.51.100.8');
		await send('track', { userId: 'u1', event: 'E', properties: { context: 'own' }, context: CONTEXT });

		const contexts = (await storedEvents(parts.store)).map(({ properties }) => properties.context);
		const kept = {
			page: { url: 'https://shop.example/a', path: '/a', referrer: 'https://search.example/', title: 'A' },
			campaign: { name: 'spring', source: 'newsletter', medium: 'email' }, locale: 'de-DE', timezone: 'Europe/Berlin', library: { name: 'analytics.js' },
		};
		// A server's own address (D) says nothing about the person.
		expect(contexts).toEqual([kept, { ...kept, ip: '203.0.113.9' }, { ip: '198.51.100.7' }, undefined, 'own']);
	});

	it("keeps what a site adds to a campaign, the account a person acted for and where an app says they are", async () => {
		const location = { city: 'Seoul', country: 'South Korea', latitude: 37.5, longitude: 127, speed: 3 };
		await send('track', { userId: 'u1', event: 'A', context: { campaign: { source: 'x', id: 'c-7', creative_format: 'video', cost: 3 }, groupId: 'acme', location } });
		await send('track', { userId: 'u1', event: 'B', context: { location: { latitude: '37.5' }, campaign: Object.fromEntries(Array.from({ length: 30 }, (_none, n) => [`k${n}`, 'v'])) } });

		const [first, second] = (await storedEvents(parts.store)).map(({ properties }) => properties.context as { campaign: object; location?: object });
		expect(first).toEqual({
			campaign: { source: 'x', id: 'c-7', creative_format: 'video' }, groupId: 'acme', location: { city: 'Seoul', country: 'South Korea', latitude: 37.5, longitude: 127 },
		});
		expect([second?.location, Object.keys(second?.campaign ?? {}).length]).toEqual([undefined, 20]);
	});

	it('takes the context of a batch for all of its messages; what a message says itself wins', async () => {
		const context = { campaign: { source: 'newsletter' }, locale: 'de-DE', externalIds: [{ type: 'crm', id: 'c1' }], gpc: true };
		await send('batch', { context, integrations: { All: false }, batch: [
			{ type: 'track', userId: 'u1', event: 'A' }, { type: 'track', userId: 'u2', event: 'B', context: { locale: 'ko-KR', externalIds: [], gpc: false } }, { type: 'track', event: 'C' },
		] });

		const events = await storedEvents(parts.store);
		expect(events.map(({ name, properties }) => [name, properties.context])).toEqual([
			['A', { campaign: { source: 'newsletter' }, locale: 'de-DE' }], ['B', { campaign: { source: 'newsletter' }, locale: 'ko-KR' }], ['C', { campaign: { source: 'newsletter' }, locale: 'de-DE' }],
		]);
		expect(events[2]?.profile).toBe(events[0]?.profile);
		const rows = await parts.store.read((reader) => reader.all(sql<{ profile: number }>`select profile from do_not_sell where active = 1`));
		expect(rows).toEqual([{ profile: events[0]?.profile }]);
	});

	it.each(['batch', 'import', 'b'])('takes a batch at %s, where one library or another posts it', async (route) => {
		const large = Array.from({ length: 20 }, (_none, n) => ({ type: 'track', userId: 'u1', event: `e${n}`, properties: { text: 'x'.repeat(5_000) } }));

		const response = await send(route, { batch: large });

		expect([response.status, answered(response)]).toEqual([200, { success: true }]);
		expect(await storedEvents(parts.store)).toHaveLength(20);
	});

	it('gives the person the zone and language of the device that identifies them, unless they have one', async () => {
		const attributes = async () => (await parts.store.read((reader) => reader.all(sql<{ attributes: unknown }>`select attributes from profile order by id`))).map((row) => (typeof row.attributes === 'string' ? (JSON.parse(row.attributes) as object) : row.attributes));

		await send('identify', { userId: 'u1', traits: { plan: 'pro' }, context: CONTEXT });
		await send('identify', { userId: 'u2', traits: { timezone: 'Asia/Seoul', language: 'ko' }, context: CONTEXT });
		await send('identify', { userId: 'u3', context: { timezone: 'nowhere', locale: { odd: 1 } } });
		await send('track', { userId: 'u3', event: 'A', context: CONTEXT });
		await send('batch', { context: CONTEXT, batch: [{ type: 'identify', userId: 'u4' }] });

		expect(await attributes()).toEqual([{ plan: 'pro', timezone: 'Europe/Berlin', locale: 'de-DE' }, { timezone: 'Asia/Seoul', language: 'ko' }, {}, { timezone: 'Europe/Berlin', locale: 'de-DE' }]);
	});

	it('takes nothing from the traits of a context, which a library repeats with every call', async () => {
		await send('identify', { userId: 'u1', traits: { plan: 'pro' } });
		await send('track', { userId: 'u1', event: 'A', context: { traits: { plan: 'free', email: 'someone.else@example.com' } } });

		const rows = await parts.store.read((reader) => reader.all(sql<{ attributes: unknown; email: number }>`select attributes, (select count(*) from identity where kind = 'email') as email from profile`));
		expect(rows.map(({ attributes, email }) => [typeof attributes === 'string' ? (JSON.parse(attributes) as object) : attributes, email])).toEqual([[{ plan: 'pro' }, 0]]);
	});

	it('lists at most 100 refused messages of a batch, with their number, and takes the others', async () => {
		const batch = Array.from({ length: 250 }, (_none, n) => (n % 2 === 0 ? { type: 'track', userId: 'u1' } : { type: 'track', userId: 'u1', event: `e${n}` }));

		const response = await send('batch', { batch });

		const answer = answered(response) as { rejected: Array<{ index: number }>; rejectedTotal: number };
		expect([answer.rejected.length, answer.rejected[1]?.index, answer.rejectedTotal]).toEqual([100, 2, 125]);
		expect(await storedEvents(parts.store)).toHaveLength(125);
	});

	it.each<[string, object, RegExp]>([
		['a group call without groupId', { userId: 'u1' }, /groupId/],
		['an alias call without previousId', { userId: 'u1' }, /previousId/],
		['an alias call without userId', { anonymousId: 'a', previousId: 'b' }, /userId/],
	])('refuses %s with the reason', async (what, body, reason) => {
		const response = await send(what.includes('group') ? 'group' : 'alias', body);

		expect(response.status).toBe(400);
		expect(answered(response).message).toMatch(reason);
	});

	it('hands the signal of a browser not to sell or share on to consent, by header or context, for nobody else', async () => {
		await send('track', { userId: 'header', event: 'A' }, { 'sec-gpc': '1' });
		await send('batch', { batch: [{ type: 'track', userId: 'context', event: 'A', context: { gpc: true } }, { type: 'track', userId: 'nobody', event: 'A' }, { type: 'track', userId: 'odd', event: 'A', context: { gpc: 'no' } }] });

		const rows = await parts.store.read((reader) => reader.all(sql<{ value: string }>`select i.value from do_not_sell d join identity i on i.profile = d.profile where d.active = 1 order by 1`));
		expect(rows).toEqual([{ value: 'context' }, { value: 'header' }]);
	});

	it.each([
		['traceparent, authorization,content-type', 'traceparent, authorization,content-type'],
		[undefined, 'authorization, content-type, content-encoding, x-retry-count'],
		['bad\r\nset-cookie: a=b', 'authorization, content-type, content-encoding, x-retry-count'],
	])('lets a page send the headers that its other scripts add: %p', async (wanted, allowed) => {
		const response = await parts.collector.handle(request('OPTIONS', 't', { headers: { origin: 'https://shop.example', ...(wanted === undefined ? {} : { 'access-control-request-headers': wanted }) } }));

		expect([response.status, response.headers['access-control-allow-headers']]).toEqual([204, allowed]);
	});

	it('lets only pages of the chosen origins send and read, and servers always', async () => {
		await parts.settings.api.set({ corsOrigins: ['https://shop.example'] });
		const track = { userId: 'u1', event: 'A' };

		const own = await send('track', track, { origin: 'https://shop.example' });
		const other = await send('track', track, { origin: 'https://evil.example' });
		const server = await send('track', track);
		const asked = await parts.collector.handle(request('OPTIONS', 'track', { headers: { origin: 'https://evil.example' } }));

		expect([own.status, other.status, server.status]).toEqual([200, 403, 200]);
		expect(own.headers).toMatchObject({ 'access-control-allow-origin': 'https://shop.example', vary: 'Origin' });
		expect([other.headers['access-control-allow-origin'], asked.headers['access-control-allow-origin']]).toEqual([undefined, undefined]);
		expect(await storedEvents(parts.store)).toHaveLength(2);
	});
});
