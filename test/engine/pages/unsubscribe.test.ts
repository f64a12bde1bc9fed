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
		String((await parts.collector.handle(requestTo(method, 'unsubscribe', { query: { t, ...query }, headers, body: new Uint8Array(Buffer.from(body)) }))).body);

	it.each(LANGUAGES)('speaks %s, before and after the press', async (lang) => {
		const say = TEXTS[lang].unsubscribe;

		const asked = await page('GET', { lang });
		const done = await page('POST', { lang }, {}, 'do=unsubscribe');

		expect(asked).toContain(`<h1>${say.ask}</h1>`);
		expect(asked).toContain('<strong>news</strong>');
		expect(done).toContain(`<h1>${say.done}</h1>`);
	});

	it('speaks the language of the person, whatever the browser of the moment asks for, and calls the topic by its name', async () => {
		await parts.settings.api.set({ topics: [{ key: 'news', name: 'Wochenbrief' }] });
		await parts.store.tx('t', (tx) => tx.run(sql`update profile set attributes = ${tx.dialect.json({ locale: 'de-CH' })} where id = 1`));

		const html = await page('GET', {}, { 'accept-language': 'fr' });

		expect(html).toContain('<html lang="de">');
		expect(html).toContain('Von Wochenbrief abmelden');
	});
});
