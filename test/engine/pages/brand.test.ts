import { createEngine, type Engine } from '../../../engine';
import { ManualClock } from '../../../engine/kernel';
import { request as requestTo } from '../collector/parts';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';

describe.each(DATABASES)('who the pages are from, on %s', (kind) => {
	let engine: Engine;
	let drop: () => Promise<void>;
	beforeEach(async () => {
		const own = await emptyDatabase(kind);
		({ drop } = own);
		engine = await createEngine({ database: own.database, clock: new ManualClock(TEST_START_MS) });
		await engine.collector.configure({ writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/j', port: null, workflow: 'collector' });
	});
	afterEach(async () => {
		await engine.close();
		await drop();
	});

	const get = (route: 'confirm' | 'preferences' | 'unsubscribe', query: Record<string, string> = { t: 'none' }) => engine.collector.handle(requestTo('GET', route, { query }));
	const bare = /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+=*'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/;

	describe.each(['confirm', 'preferences', 'unsubscribe'] as const)('who the page %s is from', (route) => {
		it('is told by name and logo, and nothing but the logo may be loaded', async () => {
			await engine.brand.set({ name: 'Tom & <b>Co</b>', logo: 'https://cdn.shop.example/i/a;b,c.png?v="1"' });

			const { headers, body } = await get(route);

			expect(String(body)).toContain('<header class="brand"><img src="https://cdn.shop.example/i/a;b,c.png?v=%221%22" alt="Tom &#38; &#60;b&#62;Co&#60;/b&#62;" width="192" height="48" referrerpolicy="no-referrer"><span aria-hidden="true">Tom &#38; &#60;b&#62;Co&#60;/b&#62;</span></header>');
			expect(String(headers['content-security-policy']).split('; ').filter((part) => part.startsWith('img-src'))).toEqual(['img-src https://cdn.shop.example/i/a%3Bb%2Cc.png']);
		});

		it.each([[{ name: 'Shop', logo: 'http://cdn.shop.example/a.png' }], [{ name: 'Shop', logo: 'https://user:secret@cdn.shop.example/a.png' }], [{ name: 'Shop' }]])('shows the name alone where the logo is none that may be loaded: %j', async (values) => {
			await engine.brand.set(values);

			const { headers, body } = await get(route);

			expect(String(body)).toContain('<header class="brand"><span>Shop</span></header>');
			expect(headers['content-security-policy']).toMatch(bare);
		});

		it('is not told where no brand is set', async () => {
			const { headers, body } = await get(route);

			expect(String(body)).not.toContain('class="brand"');
			expect(headers['content-security-policy']).toMatch(bare);
		});
	});

	it('is told on the page of somebody, before and after they left', async () => {
		await engine.brand.set({ name: 'Shop' });
		await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'anna@example.com' }] }], { source: 'test' });
		const { requests } = await engine.consent.request([{ whose: { kind: 'email', value: 'anna@example.com' }, channel: 'email', topic: 'news', textVersion: 'form 1', source: 'form' }]);
		const t = new URL(requests[0]?.confirmUrl ?? 'none:').searchParams.get('t') ?? '';

		const asked = await get('confirm', { t });
		const done = await engine.collector.handle(requestTo('POST', 'confirm', { query: { t }, body: new Uint8Array(Buffer.from('do=confirm')) }));

		expect([asked, done].map(({ status, body }) => [status, String(body).includes('<span>Shop</span>')])).toEqual([[200, true], [200, true]]);
	});
});
