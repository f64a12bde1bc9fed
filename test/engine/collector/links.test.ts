import { DATABASES } from '../databases';
import { answered, consents, request, sentMessage, settled, startParts, storedEvents, type Parts } from './parts';

const AGENT = { 'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15' };

describe.each(DATABASES)('links and pages of the collector on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await sentMessage(parts.store, { id: 'm1', profile: 1, topic: 'weekly <news>' });
	});
	afterEach(() => parts.close());

	const get = (route: string, t: string, method = 'GET') => parts.collector.handle(request(method, route, { query: { t }, headers: AGENT }));
	const form = (t: string, body: string, type = 'application/x-www-form-urlencoded') =>
		parts.collector.handle(request('POST', 'unsubscribe', { query: { t }, headers: { ...AGENT, 'content-type': type }, body: new Uint8Array(Buffer.from(body)) }));

	it('gives the pixel for any token, never cached', async () => {
		const responses = [await get('open', await parts.token({ k: 'o', m: 'm1' })), await get('open', 'forged'), await get('open', '')];

		for (const { status, headers, body } of responses) {
			expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'image/gif', 'no-store']);
			expect(Buffer.from(body as Uint8Array).subarray(0, 6).toString()).toBe('GIF89a');
		}
		await settled(parts.clock, parts.tracking);
		expect(await storedEvents(parts.store)).toHaveLength(1);
	});

	it('redirects a click to the signed address, as a header can carry it', async () => {
		const response = await get('click', await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/größe?a=1 2', l: 0 }));

		expect(response.status).toBe(302);
		expect(response.headers).toMatchObject({ location: 'https://shop.example/gr%C3%B6%C3%9Fe?a=1%202', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
	});

	it('is no open redirect: a changed token gets a page, not a redirect', async () => {
		const token = await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 });
		const changed = `${token.slice(0, -2)}${token.endsWith('A') ? 'BB' : 'AA'}`;

		const response = await get('click', changed);

		expect(response.status).toBe(400);
		expect(response.headers.location).toBeUndefined();
		expect(String(response.body)).toContain('This link is not complete');
		expect(await storedEvents(parts.store)).toEqual([]);
	});

	it('redirects although the click cannot be recorded', async () => {
		const token = await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 });
		await parts.store.close();

		const response = await get('click', token);

		expect([response.status, response.headers.location]).toEqual([302, 'https://shop.example/']);
		expect(parts.logged.join()).toContain('A click could not be recorded');
	});

	it('shows a page for GET, and GET and HEAD never change consent', async () => {
		const token = await parts.token({ k: 'u', m: 'm1' });

		const page = await get('unsubscribe', token);
		await get('unsubscribe', token, 'HEAD');
		await get('unsubscribe', token);

		expect(page.status).toBe(200);
		expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
		expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+=*'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/);
		const html = String(page.body);
		expect(html).toContain('<form method="post">');
		expect(html).toContain('Unsubscribe from all emails');
		expect(html).toContain('weekly &#60;news&#62;');
		expect(html).not.toContain('<news>');
		expect(html).not.toContain('<script');
		expect(await consents(parts.store)).toEqual([]);
		expect(await storedEvents(parts.store)).toEqual([]);
	});

	it.each([
		['as a form', 'List-Unsubscribe=One-Click', 'application/x-www-form-urlencoded'],
		['as multipart', '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n', 'multipart/form-data; boundary=b'],
	])("takes a mail provider's one-click POST %s (RFC 8058)", async (_how, body, type) => {
		const response = await form(await parts.token({ k: 'u', m: 'm1' }), body, type);

		expect(response.status).toBe(200);
		expect(await consents(parts.store)).toEqual([{ profile: 1, topic: 'weekly <news>', state: 'unsubscribed', source: 'one-click' }]);
	});

	it('takes a form of more than a thousand fields for an opt-out and reads none of them: no page of ours posts so many', async () => {
		const token = await parts.token({ k: 'u', m: 'm1' });
		const more = (fields: number) => `&${Array.from({ length: fields }, (_none, n) => `x${n}=`).join('&')}`;

		await form(token, `do=unsubscribe-all${more(1_000)}`);
		const large = await consents(parts.store);
		await form(token, `do=unsubscribe-all${more(999)}`);

		expect(large).toEqual([{ profile: 1, topic: 'weekly <news>', state: 'unsubscribed', source: 'one-click' }]);
		expect(await consents(parts.store)).toContainEqual({ profile: 1, topic: '', state: 'unsubscribed', source: 'page' });
	});

	it('confirms an opt-out on the page and offers the way back, which works', async () => {
		const token = await parts.token({ k: 'u', m: 'm1' });

		const done = await form(token, 'do=unsubscribe-all');
		const afterDone = await consents(parts.store);
		const later = await get('unsubscribe', token);
		const back = await form(token, 'do=subscribe');
		const laterStill = await get('unsubscribe', token);

		expect(String(done.body)).toContain('You are unsubscribed');
		expect(String(done.body)).toContain('value="subscribe"');
		expect(afterDone).toEqual([{ profile: 1, topic: '', state: 'unsubscribed', source: 'page' }]);
		expect(String(later.body)).toContain('You are unsubscribed');
		expect(String(back.body)).toContain('Welcome back');
		expect(String(laterStill.body)).toContain('Unsubscribe?');
		expect((await consents(parts.store)).map(({ topic, state }) => [topic, state])).toEqual([['', 'subscribed'], ['weekly <news>', 'subscribed']]);
	});

	it('never says that an opt-out was saved when it was not', async () => {
		const token = await parts.token({ k: 'u', m: 'm1' });
		await parts.store.close();

		const response = await form(token, 'List-Unsubscribe=One-Click');

		expect(response.status).toBe(503);
		expect(String(response.body)).toContain('could not be saved');
	});

	it('answers a forged unsubscribe link with a page that says so', async () => {
		expect([(await get('unsubscribe', 'forged')).status, (await form('forged', 'do=unsubscribe')).status]).toEqual([400, 400]);
		expect(await consents(parts.store)).toEqual([]);
	});

	it('tells a person who was erased that nothing is left', async () => {
		const response = await form(await parts.token({ k: 'u', m: 'unknown' }), 'List-Unsubscribe=One-Click');

		expect(response.status).toBe(200);
		expect(String(response.body)).toContain('Nothing left to change');
	});

	it.each([
		['PUT', 'open', 405], ['POST', 'click', 405], ['DELETE', 'unsubscribe', 405], ['GET', 'track', 405], ['GET', 'nothing', 404],
	])('answers %s %s with %i', async (method, route, status) => {
		expect((await parts.collector.handle(request(method, route))).status).toBe(status);
	});

	it('is healthy while its database answers', async () => {
		const well = await get('health', '');
		await parts.store.close();
		const ill = await get('health', '');

		expect([well.status, answered(well)]).toEqual([200, { ok: true }]);
		expect(ill.status).toBe(503);
	});
});
