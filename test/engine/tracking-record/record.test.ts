import { sql } from 'kysely';

import { DATABASES, TEST_START_MS } from '../databases';
import { consents, sentMessage, settled, startParts, storedEvents, type Parts } from '../collector/parts';

const PERSON = { method: 'GET', headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' } };
const GMAIL_PROXY = { method: 'GET', headers: { 'user-agent': 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)' } };
const HOUR_MS = 3_600_000;

async function ledger(parts: Parts, id: string): Promise<unknown> {
	return await parts.store.read((reader) => reader.first(sql`select opened_at, opens, machine_opens, clicked_at, clicks, machine_clicks, unsubscribed_at from message where id = ${id}`));
}

async function visits(parts: Parts): Promise<number> {
	return (await parts.store.read((reader) => reader.all(sql`select id from visit`))).length;
}

describe.each(DATABASES)('tracking on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await sentMessage(parts.store, { id: 'm1', profile: 1, topic: 'news' });
	});
	afterEach(() => parts.close());

	it('counts every open, but tells journeys of one an hour', async () => {
		const token = await parts.token({ k: 'o', m: 'm1' });

		await parts.tracking.open(token, PERSON);
		await parts.tracking.open(token, PERSON);
		parts.clock.advance(HOUR_MS);
		await parts.tracking.open(token, PERSON);
		expect(await storedEvents(parts.store)).toEqual([]);
		await settled(parts.clock, parts.tracking);

		expect(await ledger(parts, 'm1')).toEqual({ opened_at: TEST_START_MS, opens: 3, machine_opens: 0, clicked_at: null, clicks: 0, machine_clicks: 0, unsubscribed_at: null });
		const properties = { message: 'm1', step: 'step-1', workflow: 'workflow-1', machine: false };
		expect(await storedEvents(parts.store)).toEqual([
			{ name: 'Email Opened', profile: 1, properties, occurred_at: TEST_START_MS, enrollment: 7, message: 'm1' },
			{ name: 'Email Opened', profile: 1, properties, occurred_at: TEST_START_MS + HOUR_MS, enrollment: 7, message: 'm1' },
		]);
		expect(parts.told.map((event) => [event.name, event.enrollment, event.message])).toEqual(Array(2).fill(['Email Opened', 7, 'm1']));
	});

	it('marks opens by machines, and does not let them hide the open of a person in the same hour', async () => {
		const token = await parts.token({ k: 'o', m: 'm1' });

		await parts.tracking.open(token, GMAIL_PROXY);
		await parts.tracking.open(token, { ...PERSON, method: 'HEAD' });
		await parts.tracking.open(token, PERSON);
		await settled(parts.clock, parts.tracking);

		expect((await storedEvents(parts.store)).map((event) => event.properties.machine)).toEqual([true, false]);
		expect(await ledger(parts, 'm1')).toMatchObject({ opens: 1, machine_opens: 1 });
	});

	it('makes an event of every click, and takes a click for an open', async () => {
		const token = await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/a?b=1', l: 0 });

		const answers = [await parts.tracking.click(token, PERSON), await parts.tracking.click(token, PERSON)];

		expect(answers).toEqual([{ url: 'https://shop.example/a?b=1' }, { url: 'https://shop.example/a?b=1' }]);
		await settled(parts.clock, parts.tracking);
		expect(await ledger(parts, 'm1')).toEqual({ opened_at: TEST_START_MS, opens: 1, machine_opens: 0, clicked_at: TEST_START_MS, clicks: 2, machine_clicks: 0, unsubscribed_at: null });
		const events = await storedEvents(parts.store);
		expect(events.map((event) => event.name)).toEqual(['Email Link Clicked', 'Email Link Clicked']);
		expect(events[0]?.properties).toEqual({ message: 'm1', step: 'step-1', workflow: 'workflow-1', url: 'https://shop.example/a?b=1' });
		expect(events[0]?.occurred_at).toBe(TEST_START_MS);
	});

	it.each([
		['a HEAD request', { ...PERSON, method: 'HEAD' }],
		['a prefetch', { method: 'GET', headers: { ...PERSON.headers, 'sec-purpose': 'prefetch;prerender' } }],
		['an old browser that looks ahead', { method: 'GET', headers: { ...PERSON.headers, 'x-moz': 'prefetch' } }],
		['a link scanner', { method: 'GET', headers: { 'user-agent': 'Barracuda Sentinel (EE)' } }],
		['a chat preview', { method: 'GET', headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' } }],
	])('leads %s on without counting a click of the person', async (_who, facts) => {
		const token = await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 });

		expect(await parts.tracking.click(token, facts)).toEqual({ url: 'https://shop.example/' });

		await settled(parts.clock, parts.tracking);
		expect(await storedEvents(parts.store)).toEqual([]);
		expect(await ledger(parts, 'm1')).toMatchObject({ clicks: 0, opens: 0, opened_at: null, clicked_at: null });
	});

	it('keeps a scanner that follows all links of a mail apart from the person who comes later', async () => {
		const links = await Promise.all([0, 1].map((l) => parts.token({ k: 'c', m: 'm1', u: `https://shop.example/${l}`, l })));
		for (const link of links) {
			await parts.tracking.click(link, PERSON);
			parts.clock.advance(200);
		}
		parts.clock.advance(60_000);
		await parts.tracking.settle();
		await parts.tracking.click(links[1] ?? '', PERSON);
		await settled(parts.clock, parts.tracking);

		expect(await ledger(parts, 'm1')).toMatchObject({ machine_clicks: 2, clicks: 1, clicked_at: TEST_START_MS + 60_400, opens: 1 });
		expect((await storedEvents(parts.store)).map(({ properties, occurred_at }) => [properties.url, occurred_at])).toEqual([['https://shop.example/1', TEST_START_MS + 60_400]]);
	});

	it('knows a scanner that looks at the unsubscribe page and the only link at once, and keeps the opt-in', async () => {
		await parts.tracking.click(await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 }), PERSON);
		await parts.tracking.describeUnsubscribe(await parts.token({ k: 'u', m: 'm1' }), PERSON);
		await settled(parts.clock, parts.tracking);

		expect(await ledger(parts, 'm1')).toMatchObject({ clicks: 0, machine_clicks: 1, unsubscribed_at: null });
		expect(await consents(parts.store)).toEqual([]);
	});

	it('waits for what comes with a visit, but not for ever', async () => {
		const token = await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 });
		await parts.tracking.click(token, PERSON);
		parts.clock.advance(2_999);
		await parts.tracking.settle();
		const early = await visits(parts);
		for (let second = 3; second <= 12; second += 1) {
			await parts.tracking.click(token, PERSON);
			parts.clock.advance(1_000);
			await parts.tracking.settle();
		}

		expect(early).toBe(1);
		expect(await ledger(parts, 'm1')).toMatchObject({ clicks: 9 });
	});

	it('settles once, however many processes do at the same moment', async () => {
		await parts.tracking.click(await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 }), PERSON);
		parts.clock.advance(3_000);
		await Promise.all([parts.tracking.settle(), parts.tracking.settle(), parts.tracking.settle()]);

		expect(await ledger(parts, 'm1')).toMatchObject({ clicks: 1 });
		expect(await storedEvents(parts.store)).toHaveLength(1);
	});

	it('takes no token that it did not sign, nor one for another purpose', async () => {
		const click = await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 });
		const open = await parts.token({ k: 'o', m: 'm1' });
		const [version, payload, mac] = click.split('.');
		const elsewhere = Buffer.from(JSON.stringify(['c', 'm1', 0, 'https://evil.example/'])).toString('base64url');

		const answers = await Promise.all([`${version}.${elsewhere}.${mac}`, `${version}.${payload}.`, '', 'x', open].map((token) => parts.tracking.click(token, PERSON)));
		await parts.tracking.open(click, PERSON);
		const opted = await parts.tracking.unsubscribe(open, { source: 'page' });
		await settled(parts.clock, parts.tracking);

		expect(answers).toEqual([null, null, null, null, null]);
		expect(opted).toBeNull();
		expect(await storedEvents(parts.store)).toEqual([]);
		expect(await consents(parts.store)).toEqual([]);
	});

	it('still redirects for a message or a person that was erased, and stores nothing', async () => {
		await sentMessage(parts.store, { id: 'm2', profile: 2 });
		await parts.store.tx('erase', (tx) => tx.run(sql`delete from profile where id = 2`));

		const answers = [
			await parts.tracking.click(await parts.token({ k: 'c', m: 'never', u: 'https://shop.example/', l: 0 }), PERSON),
			await parts.tracking.click(await parts.token({ k: 'c', m: 'm2', u: 'https://shop.example/', l: 0 }), PERSON),
		];
		await parts.tracking.open(await parts.token({ k: 'o', m: 'm2' }), PERSON);
		const gone = await parts.tracking.unsubscribe(await parts.token({ k: 'u', m: 'm2' }), { source: 'one-click' });
		await settled(parts.clock, parts.tracking);

		expect(answers).toEqual(Array(2).fill({ url: 'https://shop.example/' }));
		expect(gone).toMatchObject({ known: false });
		expect(await storedEvents(parts.store)).toEqual([]);
		expect(await consents(parts.store)).toEqual([]);
	});

	it('opts out of the topic of the message, once, however often the provider repeats itself', async () => {
		const token = await parts.token({ k: 'u', m: 'm1' });

		const before = await parts.tracking.describeUnsubscribe(token);
		await parts.tracking.unsubscribe(token, { source: 'one-click' });
		const after = await parts.tracking.unsubscribe(token, { source: 'one-click' });

		expect(before).toEqual({ known: true, topic: 'news', out: false, outOfAll: false, profile: 1 });
		expect(after).toEqual({ known: true, topic: 'news', out: true, outOfAll: false, profile: 1 });
		expect(await consents(parts.store)).toEqual([{ profile: 1, topic: 'news', state: 'unsubscribed', source: 'one-click' }]);
		expect(await ledger(parts, 'm1')).toMatchObject({ unsubscribed_at: TEST_START_MS });
		expect((await storedEvents(parts.store)).map(({ name, enrollment, properties }) => [name, enrollment, properties.topic])).toEqual([['Unsubscribed', 7, 'news']]);
	});

	it('opts out of everything when asked to, and the way back lifts all that holds the topic', async () => {
		const token = await parts.token({ k: 'u', m: 'm1' });
		await parts.tracking.unsubscribe(token, { source: 'page' });

		const out = await parts.tracking.unsubscribe(token, { source: 'page', scope: 'all' });
		const back = await parts.tracking.resubscribe(token, { source: 'page' });

		expect(out).toMatchObject({ out: true, outOfAll: true, profile: 1 });
		expect(back).toEqual({ known: true, topic: 'news', out: false, outOfAll: false, profile: 1 });
		expect((await consents(parts.store)).map(({ topic, state }) => [topic, state])).toEqual([['', 'subscribed'], ['news', 'subscribed']]);
	});

	it('records opens, clicks and an opt-out of one message that come at the same moment', async () => {
		const [open, click, out] = [await parts.token({ k: 'o', m: 'm1' }), await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 }), await parts.token({ k: 'u', m: 'm1' })];

		await Promise.all(Array.from({ length: 5 }, () => [
			parts.tracking.open(open, PERSON), parts.tracking.click(click, PERSON), parts.tracking.unsubscribe(out, { source: 'page' }),
		]).flat());
		await settled(parts.clock, parts.tracking);

		expect(await ledger(parts, 'm1')).toMatchObject({ clicks: 5 });
		expect(await visits(parts)).toBe(0);
		const names = (await storedEvents(parts.store)).map((event) => event.name).sort();
		expect(names).toEqual([...Array<string>(5).fill('Email Link Clicked'), 'Email Opened', 'Unsubscribed']);
		expect(parts.logged).toEqual([]);
	});
});
