import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

import { answered, configured, request, startParts, WRITE_KEY, type Parts } from './parts';

const UMD = join(__dirname, '..', '..', '..', 'node_modules', '@segment', 'analytics-next', 'dist', 'umd');

describe('the browser SDK on the collector', () => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts('sqlite');
		await configured(parts);
	});
	afterEach(() => parts.close());

	const get = async (path: string, headers: Record<string, string> = {}) => await parts.collector.handle(request('GET', path.split('/').at(-1) ?? '', { path, headers }));

	it('is the package as it is, packed for browsers that take it, kept an hour', async () => {
		const packed = await get(`/analytics.js/v1/${WRITE_KEY}/analytics.min.js`, { 'accept-encoding': 'gzip, deflate, br' });
		const plain = await get(`/analytics.js/v1/${WRITE_KEY}/analytics.min.js`);

		expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'text/javascript; charset=utf-8', vary: 'Accept-Encoding', 'cache-control': expect.stringContaining('max-age=3600') as string });
		expect(plain.headers).not.toHaveProperty('content-encoding');
		const file = readFileSync(join(UMD, 'standalone.js'));
		expect(Buffer.from(plain.body).equals(file)).toBe(true);
		expect(gunzipSync(packed.body as Uint8Array).equals(file)).toBe(true);
	});

	it('has all the parts that it may ask for, kept for ever', async () => {
		const standalone = readFileSync(join(UMD, 'standalone.js'), 'utf8');
		const names = [...standalone.matchAll(/(\d+):"([0-9a-f]{20})"/g)].map(([, , hash]) => hash);
		expect(names.length).toBeGreaterThan(5);

		const folder = (await import('node:fs')).readdirSync(UMD).filter((name) => /\.bundle\..*\.js$/.test(name));
		const answers = await Promise.all(folder.map((name) => get(`/analytics-next/bundles/${name}`)));

		expect(names.every((hash) => folder.some((name) => name.includes(hash ?? '-')))).toBe(true);
		expect(answers.map(({ status }) => status)).toEqual(folder.map(() => 200));
		expect(answers[0]?.headers['cache-control']).toBe('public, max-age=31536000, immutable');
	});

	it('serves nothing but its parts', async () => {
		const answers = await Promise.all(['/analytics-next/bundles/407.bundle.00000000000000000000.js', '/analytics-next/bundles/standalone.js', '/package.json', '/analytics-next/bundles/..%2fpackage.json'].map((path) => get(path)));

		expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
	});

	it.each([
		['on its own', { host: '127.0.0.1:5680' }, '/v1/projects/', '127.0.0.1:5680/v1', 'http'],
		['behind a proxy that says so', { host: 'events.shop.example', 'x-forwarded-proto': 'https' }, '/v1/projects/', 'events.shop.example/v1', 'https'],
		['behind a proxy that only the public address tells', { host: 't.example.com' }, '/v1/projects/', 't.example.com/v1', 'https'],
		['below a path', { host: 't.example.com' }, '/events/v1/projects/', 't.example.com/events/v1', 'https'],
	])('is told to deliver to the address it came from, %s', async (_what, headers, before, apiHost, protocol) => {
		const response = await get(`${before}${WRITE_KEY}/settings`, headers);

		expect(response.status).toBe(200);
		expect(answered(response)).toMatchObject({ integrations: { 'Segment.io': { apiKey: WRITE_KEY, apiHost, protocol } }, metrics: { sampleRate: 0 } });
		expect(response.headers['access-control-allow-origin']).toBe('*');
	});

	it('is told that its write key is unknown', async () => {
		const response = await get('/v1/projects/wk_other/settings', { host: 'x' });

		expect([response.status, answered(response).code]).toEqual([404, 'unknown_write_key']);
	});

	it('comes with a snippet that any page can load', async () => {
		const packed = await get('/snippet.js', { 'accept-encoding': 'gzip' });

		expect(packed.status).toBe(200);
		const text = gunzipSync(packed.body as Uint8Array).toString('utf8');
		expect(() => new Function(text)).not.toThrow();
		// Browsers of ten years ago read it too.
		expect(text).not.toMatch(/=>|\b(?:let|const)\b|`/);
	});

	describe('with a snippet', () => {
		interface SnippetPage { analytics: unknown[][] & { track(name: string): void; identify(id: string): void; addSourceMiddleware(fn: object): void; _loadOptions: { disable(): { then(go: (disabled: boolean) => void): void } } }; journeys: unknown }
		/** Runs it in a page that says these before. */
		async function snippetPage(said: unknown[] = [], attributes: Record<string, string> = {}): Promise<{ window: SnippetPage; say: (answer: boolean) => void; loads: string[]; queued: () => unknown[]; storage: Set<string> }> {
			const loads: string[] = [];
			const storage = new Set(['ajs_user_id', 'cart']);
			const window = { journeys: said } as unknown as SnippetPage;
			const own: Record<string, string> = { 'data-write-key': WRITE_KEY, 'data-page': 'off', ...attributes };
			const document = {
				currentScript: { src: 'https://events.example.com/snippet.js', getAttribute: (name: string) => own[name] ?? null },
				querySelector: () => null, createElement: () => ({}), head: { appendChild: ({ src }: { src: string }) => void loads.push(src) }, title: '', referrer: '', cookie: '',
			};
			const location = { pathname: '/', href: 'https://shop.example.com/', search: '', hostname: 'shop.example.com' };
			const text = Buffer.from((await get('/snippet.js')).body).toString('utf8');
			runInNewContext(text, { window, document, location, navigator: {}, console, localStorage: { removeItem: (key: string) => storage.delete(key) } });
			return {
				window, loads, storage,
				say: (answer) => (window.journeys as { consent(answer: boolean): void }).consent(answer),
				queued: () => window.analytics.map(([method]) => method),
			};
		}

		it('asks for nothing after a no that came before it, and forgets an earlier visit', async () => {
			const { window, loads, queued, storage } = await snippetPage([['consent', true], ['consent', false]]);
			window.analytics.track('Secret');

			expect([loads, queued(), [...storage]]).toEqual([[], [], ['cart']]);
		});

		it('asks once for the SDK, however often the answer changes, and never without its guard in front', async () => {
			const { window, say, loads, queued } = await snippetPage([], { 'data-consent': 'required' });
			window.analytics.track('Before');
			window.analytics.addSourceMiddleware(() => undefined);
			expect(loads).toEqual([]);
			for (const answer of [true, false, true, false]) {
				say(answer);
				window.analytics.identify('u1');
				expect(queued().slice(0, 2)).toEqual(['register', 'addSourceMiddleware']);
			}

			expect(loads).toEqual([`https://events.example.com/analytics.js/v1/${WRITE_KEY}/analytics.min.js`]);
			// What the site set up itself stays; what it told is forgotten.
			expect(queued()).toEqual(['register', 'addSourceMiddleware', 'addSourceMiddleware']);
		});

		it('lets an SDK that was on its way at the no start at a yes, and not before', async () => {
			const { window, say } = await snippetPage();
			const told: boolean[] = [];
			say(false);
			window.analytics._loadOptions.disable().then((disabled) => told.push(disabled));
			expect(told).toEqual([]);
			say(true);

			expect(told).toEqual([false]);
		});
	});
});
