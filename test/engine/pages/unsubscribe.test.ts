import { sql } from 'kysely';

import { LANGUAGES, TEXTS } from '../../../engine/pages';
import { DATABASES } from '../databases';
import { request as requestTo, sentMessage, startParts, type Parts } from '../collector/parts';

describe.each(DATABASES)('the unsubscribe page on %s', (kind) => {
	let parts: Parts;
	let t: string;
	beforeEach(async () => {
		parts = await startParts(kind);
		await sentMessage(parts.store, { id: 'm1', profile: 1, topic: 'news' });
		t = await parts.token({ k: 'u', m: 'm1' });
	});
	afterEach(() => parts.close());
	const page = async (method: string, query: Record<string, string> = {}, headers: Record<string, string> = {}, body = ''): Promise<string> =>
		String((await parts.collector.handle(requestTo(method, 'unsubscribe', { query: { t, ...query }, headers, ip: '203.0.113.7', body: new Uint8Array(Buffer.from(body)) }))).body);

	it.each(LANGUAGES)('speaks %s, before and after the press', async (lang) => {
		const say = TEXTS[lang].unsubscribe;

		const asked = await page('GET', { lang });
		const done = await page('POST', { lang }, {}, 'do=unsubscribe');

		expect(asked).toContain(`<h1>${say.ask}</h1>`);
		expect(asked).toContain('<strong>news</strong>');
		expect(done).toContain(`<h1>${say.done}</h1>`);
	});

	it('keeps what the person saw with their choice, and their IP only where it may be kept', async () => {
		await page('POST', { lang: 'de' }, {}, 'do=unsubscribe');
		await parts.settings.api.set({ storeIps: true });
		await page('POST', { lang: 'de' }, {}, 'do=subscribe');
		await page('POST', {}, {}, 'List-Unsubscribe=One-Click');

		const history = await parts.consent.history({ profileId: 1 });

		expect(history?.map(({ state, source, textVersion, ip, seen }) => [state, source, textVersion, ip, seen])).toEqual([
			['unsubscribed', 'one-click', null, null, { message: 'm1' }],
			['subscribed', 'page', 'unsubscribe-page 2 de', '203.0.113.7', { page: 'unsubscribe', language: 'de', message: 'm1' }],
			['unsubscribed', 'page', null, null, { page: 'unsubscribe', language: 'de', message: 'm1' }],
		]);
	});

	it('takes back for its own topic only: other topics of a channel that was left stay left', async () => {
		await parts.settings.api.set({ topics: [{ key: 'news', name: 'News' }, { key: 'offers', name: 'Offers' }] });
		await page('POST', {}, {}, 'do=unsubscribe-all');

		const back = await page('POST', {}, {}, 'do=subscribe');

		expect(back).toContain('You are subscribed to <strong>News</strong> again.');
		expect((await parts.consent.get({ profileId: 1 }))?.consents.map(({ topic, state }) => [topic, state])).toEqual([['', 'subscribed'], ['news', 'subscribed'], ['offers', 'unsubscribed']]);
	});

	it('heeds Global Privacy Control of a browser, and no GET or one-click by a mail provider', async () => {
		const sold = async () => (await parts.consent.get({ profileId: 1 }))?.doNotSell;
		await page('GET', {}, { 'sec-gpc': '1' });
		await page('POST', {}, { 'sec-gpc': '1' }, 'List-Unsubscribe=One-Click');
		const before = await sold();
		await page('POST', {}, { 'sec-gpc': '1' }, 'do=unsubscribe');

		expect([before, await sold()]).toEqual([false, true]);
	});

	it('tries again what was pressed, when it could not be stored', async () => {
		const failing: Record<string, string> = {};
		await parts.store.close();

		for (const action of ['unsubscribe', 'unsubscribe-all', 'subscribe', 'other']) failing[action] = /name="do" value="([\w-]+)"/.exec(await page('POST', {}, {}, `do=${action}`))?.[1] ?? '';

		expect(failing).toEqual({ unsubscribe: 'unsubscribe', 'unsubscribe-all': 'unsubscribe-all', subscribe: 'subscribe', other: 'unsubscribe' });
	});

	it('speaks the language of the person, whatever the browser of the moment asks for, and calls the topic by its name', async () => {
		await parts.settings.api.set({ topics: [{ key: 'news', name: 'Wochenbrief' }] });
		await parts.store.tx('t', (tx) => tx.run(sql`update profile set attributes = ${tx.dialect.json({ locale: 'de-CH' })} where id = 1`));

		const html = await page('GET', {}, { 'accept-language': 'fr' });

		expect(html).toContain('<html lang="de">');
		expect(html).toContain('Von Wochenbrief abmelden');
	});
});
