import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Browser, BrowserContext, Page } from 'playwright-core';

import { createEngine, type EventView, type LocalEngine } from '../../engine';
import { emptyDatabase } from '../engine/databases';
import { launchChromium, newContext } from './browser';

const WRITE_KEY = 'wk_browser-sdk';
const WORKFLOW = 'collector';

/** What a script in the page may use. */
interface TrackedWindow {
	analytics: { track(name: string, properties?: object): void; identify(id: string, traits?: object): void; group(id: string, traits?: object): void; alias(to: string): void; initialized?: boolean };
	journeys: { consent(answer: boolean): void };
}

let browser: Browser;
let site: Server;
let siteUrl: string;
/** The page that the site serves. */
let html = '';

beforeAll(async () => {
	browser = await launchChromium();
	site = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html));
	await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
	// Another host than the listener's, so another origin and another site.
	siteUrl = `http://localhost:${(site.address() as AddressInfo).port}`;
});
afterAll(async () => {
	await browser?.close();
	site?.closeAllConnections();
	await new Promise<void>((resolve) => (site === undefined ? resolve() : site.close(() => resolve())));
});

describe("Segment's browser SDK in Chromium, served by and delivering to the own listener", () => {
	let database: Awaited<ReturnType<typeof emptyDatabase>>;
	let engine: LocalEngine;
	let port = 0;
	let context: BrowserContext;
	let page: Page;
	/** Addresses asked for, other than the site's own. */
	let asked: string[];

	async function start(at: number): Promise<void> {
		engine = await createEngine({ database: database.database });
		const configured = await engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'web' }, publicUrl: 'https://events.example.com', port: at, host: '127.0.0.1', workflow: WORKFLOW });
		port = configured.port ?? 0;
	}
	beforeEach(async () => {
		database = await emptyDatabase('sqlite');
		await start(0);
		context = await newContext(browser);
		page = await context.newPage();
		asked = [];
		page.on('request', (request) => {
			if (!request.url().startsWith(siteUrl)) asked.push(`${request.method()} ${request.url()}`);
		});
	});
	afterEach(async () => {
		await context.close();
		await engine.close();
		await database.drop();
	});

	const snippet = (attributes = ''): string => `<!doctype html><title>Shop</title><script async src="http://127.0.0.1:${port}/snippet.js" data-write-key="${WRITE_KEY}" ${attributes}></script>`;
	const stored = async (): Promise<EventView[]> => (await engine.events.list({ limit: 1000 })).events.reverse();
	async function visit(content: string, path = '/?utm_source=newsletter&utm_campaign=spring'): Promise<void> {
		html = content;
		// Not its load event, which waits for an SDK that a test holds back.
		await page.goto(`${siteUrl}${path}`, { waitUntil: 'domcontentloaded' });
	}
	const inPage = async (script: (window: TrackedWindow) => void): Promise<void> => await page.evaluate(`(${script.toString()})(window)`);
	const loaded = async (): Promise<void> => void (await page.waitForFunction('window.analytics && window.analytics.initialized === true'));
	async function until(what: string, check: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
		const deadline = performance.now() + withinMs;
		while (!(await check())) {
			if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
			await page.waitForTimeout(50);
		}
	}

	it('delivers page, track, identify, group and alias calls with their context, and asks nobody else for anything', async () => {
		await visit(snippet());
		await loaded();
		await inPage(({ analytics }) => {
			analytics.track('Product Viewed', { sku: 'a-1', price: 9.5 });
			analytics.identify('u-1', { email: 'Ada@Example.com', plan: 'pro' });
			analytics.group('acme', { seats: 12 });
			analytics.alias('u-1');
		});
		await until('both events are stored', async () => (await stored()).length === 2);
		await until('the person is known', async () => (await engine.profiles.get({ kind: 'user_id', value: 'u-1' }))?.attributes.plan === 'pro');

		const [view, product] = await stored();
		expect(view).toMatchObject({ name: 'Page Viewed', source: 'web', properties: { url: `${siteUrl}/?utm_source=newsletter&utm_campaign=spring`, title: 'Shop' } });
		expect(product).toMatchObject({
			name: 'Product Viewed',
			properties: { sku: 'a-1', price: 9.5, context: { page: { path: '/' }, campaign: { source: 'newsletter', name: 'spring' }, locale: expect.any(String) as string, timezone: expect.any(String) as string } },
		});
		expect(product?.properties).not.toHaveProperty('context.ip');
		const person = await engine.profiles.get({ kind: 'email', value: 'ada@example.com' });
		expect(person?.events.map(({ name }) => name).sort()).toEqual(['Page Viewed', 'Product Viewed']);
		expect(asked.filter((address) => !address.includes(`127.0.0.1:${port}/`))).toEqual([]);
	});

	it('loses and doubles nothing when the server is killed and comes back, and answers are lost', async () => {
		await visit(snippet('data-page="off"'));
		await loaded();
		// Stored, but the browser never hears of it: it has to send them again.
		let swallowed = 0;
		let answersLost = 0;
		await page.route('**/v1/t', async (route) => {
			swallowed += 1;
			if (swallowed <= 3) {
				// One that goes over a kept connection just as the server ends it is lost itself, and comes again like the others.
				const answer = await route.fetch({ maxRetries: 2 }).catch(() => null);
				if (answer?.ok() === true) answersLost += 1;
				await route.abort('connectionreset');
			} else await route.continue();
		});
		await inPage(({ analytics }) => { for (let n = 0; n < 5; n += 1) analytics.track('Step', { n }); });
		await until('three of them are stored in spite of it', async () => (await stored()).length >= 3);

		await engine.close();
		await inPage(({ analytics }) => { for (let n = 5; n < 15; n += 1) analytics.track('Step', { n }); });
		await page.waitForTimeout(1_500);
		await start(port);

		await until('all are stored', async () => new Set((await stored()).map(({ properties }) => properties.n)).size === 15);
		await page.waitForTimeout(2_000);
		const numbers = (await stored()).map(({ properties }) => Number(properties.n)).sort((a, b) => a - b);
		expect(numbers).toEqual(Array.from({ length: 15 }, (_none, n) => n));
		expect(swallowed).toBeGreaterThanOrEqual(15);
		expect(answersLost).toBeGreaterThan(0);
	});

	it('keeps what was tracked offline, over a change of page, and delivers it once', async () => {
		await visit(snippet('data-page="off"'));
		await loaded();
		await context.setOffline(true);
		await inPage(({ analytics }) => { for (let n = 0; n < 4; n += 1) analytics.track('Offline', { n }); });
		await page.waitForTimeout(500);
		expect(await stored()).toEqual([]);

		await context.setOffline(false);
		await visit(snippet('data-page="off"'), '/next');
		await loaded();

		await until('all four are stored', async () => (await stored()).length >= 4);
		await page.waitForTimeout(1_000);
		expect((await stored()).map(({ properties }) => properties.n).sort()).toEqual([0, 1, 2, 3]);
	});

	it('loads, stores and sends nothing before consent, delivers what was queued after it, and stops when it is withdrawn', async () => {
		await visit(snippet('data-consent="required"'));
		await page.waitForFunction('window.journeys && window.journeys.consent');
		await inPage(({ analytics }) => analytics.track('Before', {}));
		await page.waitForTimeout(500);
		expect(asked.map((address) => new URL(address.split(' ')[1] ?? '').pathname)).toEqual(['/snippet.js']);
		expect(await context.cookies()).toEqual([]);

		await inPage(({ journeys }) => journeys.consent(true));
		await until('what was queued is stored', async () => (await stored()).length === 2);
		await inPage(({ journeys }) => journeys.consent(false));
		await inPage(({ analytics }) => analytics.track('After', {}));
		await page.waitForTimeout(500);

		// Each came in a call of its own.
		expect((await stored()).map(({ name }) => name).sort()).toEqual(['Before', 'Page Viewed']);
	});

	describe('nobody who said no', () => {
		const says = (answer: boolean): string => `<script>(window.journeys = window.journeys || []).push(['consent', ${answer}]);</script>`;
		const secretly = async (): Promise<void> => await inPage(({ analytics }) => {
			analytics.track('Secret', { a: 1 });
			analytics.identify('u-secret', { email: 'secret@example.com' });
		});
		let errors: string[];
		beforeEach(() => {
			errors = [];
			page.on('pageerror', (error) => errors.push(error.message));
		});
		/** Holds the SDK's script back until it is called. */
		async function slowly(what = '**/analytics.min.js'): Promise<() => void> {
			let go = (): void => undefined;
			const held = new Promise<void>((resolve) => (go = resolve));
			await page.route(what, async (route) => {
				await held;
				await route.continue();
			});
			return go;
		}
		async function isUntracked(): Promise<void> {
			await page.waitForFunction('window.journeys && window.journeys.consent');
			await secretly();
			await page.waitForTimeout(1_500);
			await secretly();
			await page.waitForTimeout(1_500);
			expect((await stored()).map(({ name }) => name)).toEqual([]);
			expect(await engine.profiles.get({ kind: 'email', value: 'secret@example.com' })).toBeNull();
			expect((await context.cookies()).map(({ name }) => name)).toEqual([]);
			expect(await page.evaluate("Object.keys(localStorage).filter(function (key) { return /^ajs_/.test(key); })")).toEqual([]);
			expect(asked.filter((address) => address.startsWith('POST'))).toEqual([]);
			expect(errors).toEqual([]);
		}

		it('right after the snippet is tracked', async () => {
			await visit(snippet() + says(false));
			await isUntracked();
		});

		it('before the snippet has run is tracked, nor is the SDK asked for', async () => {
			const go = await slowly('**/snippet.js');
			html = snippet() + says(false);
			await page.goto(`${siteUrl}/`, { waitUntil: 'commit' });
			await page.waitForFunction('Array.isArray(window.journeys)');
			go();
			await isUntracked();
			expect(asked.map((address) => new URL(address.split(' ')[1] ?? '').pathname)).toEqual(['/snippet.js']);
		});

		it('while the SDK is on its way is tracked', async () => {
			const go = await slowly();
			await visit(snippet());
			await page.waitForFunction('window.journeys && window.journeys.consent');
			await inPage(({ journeys }) => journeys.consent(false));
			await secretly();
			go();
			await isUntracked();
		});

		it('while the SDK asks for its settings is tracked', async () => {
			const go = await slowly('**/settings');
			await visit(snippet());
			await until('the SDK asks', async () => asked.some((address) => address.endsWith('/settings')));
			await inPage(({ journeys }) => journeys.consent(false));
			go();
			await isUntracked();
		});

		it('after a yes, while the SDK is on its way, is tracked', async () => {
			const go = await slowly();
			await visit(snippet('data-consent="required"'));
			await page.waitForFunction('window.journeys && window.journeys.consent');
			await inPage(({ journeys }) => { journeys.consent(true); journeys.consent(false); });
			go();
			await isUntracked();
		});

		it('at any moment of the start of the SDK is tracked', async () => {
			// The SDK shows itself to this as soon as it is made; the no comes so many of its steps later.
			await context.addInitScript(`window.__SEGMENT_INSPECTOR__ = { attach: function () {
				var left = Number(location.pathname.slice(1));
				(function next() {
					if (left-- > 0) return void Promise.resolve().then(next);
					journeys.consent(false);
					analytics.identify('u-secret', { email: 'secret@example.com' });
					window.told = true;
				})();
			} };`);
			for (const step of [0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 40, 60, 90]) {
				await visit(`${snippet('data-page="off"')}<script>window.analytics = window.analytics || []; analytics.push(['identify', 'u-secret', { email: 'secret@example.com' }]);</script>`, `/${step}`);
				await page.waitForFunction('window.told');
				await loaded();
				await page.waitForTimeout(50);
				expect([step, (await context.cookies()).map(({ name }) => name)]).toEqual([step, []]);
			}
			await isUntracked();
		});

		it('is remembered from an earlier visit, and a later yes tracks again', async () => {
			await visit(snippet());
			await until('the view is stored', async () => (await stored()).length === 1);
			expect((await context.cookies()).map(({ name }) => name)).toEqual(['ajs_anonymous_id']);

			const go = await slowly();
			await visit(snippet() + says(false), '/no');
			await page.waitForFunction('window.journeys && window.journeys.consent');
			await secretly();
			go();
			await page.waitForTimeout(1_000);
			expect(await context.cookies()).toEqual([]);
			await inPage(({ journeys, analytics }) => { journeys.consent(true); analytics.track('Allowed', {}); });
			await until('what is allowed is stored', async () => (await stored()).length === 2);

			await inPage(({ journeys }) => journeys.consent(false));
			await secretly();
			await page.waitForTimeout(1_000);
			expect(await context.cookies()).toEqual([]);
			await inPage(({ journeys, analytics }) => { journeys.consent(true); analytics.track('Allowed again', {}); });
			await until('what is allowed is stored', async () => (await stored()).length === 3);
			expect((await stored()).map(({ name }) => name)).toEqual(['Page Viewed', 'Allowed', 'Allowed again']);
			expect(await engine.profiles.get({ kind: 'email', value: 'secret@example.com' })).toBeNull();
			expect(errors).toEqual([]);
		});

		it('is sent later what could not be delivered before the no, neither by this page nor by a later one', async () => {
			for (const offline of [false, true]) {
				let refused = 0;
				await page.route('**/v1/*', async (route) => {
					refused += 1;
					await route.abort('connectionreset');
				});
				await visit(snippet('data-page="off"'), '/undelivered');
				await loaded();
				await context.setOffline(offline);
				await secretly();
				if (offline) await page.waitForTimeout(500);
				else await until('it was tried', async () => refused >= 2);

				await inPage(({ journeys }) => journeys.consent(false));
				await page.unroute('**/v1/*');
				await context.setOffline(false);
				asked.splice(0);
				await page.waitForTimeout(3_000);
				await inPage(({ journeys, analytics }) => { journeys.consent(true); analytics.track('Allowed', {}); });
				await until('what is allowed is stored', async () => (await stored()).length === (offline ? 2 : 1));
				await page.waitForTimeout(3_000);
				await visit(snippet('data-page="off"'), '/next');
				await loaded();
				await page.waitForTimeout(1_500);

				expect((await stored()).map(({ name }) => name)).toEqual(offline ? ['Allowed', 'Allowed'] : ['Allowed']);
				expect(await engine.profiles.get({ kind: 'email', value: 'secret@example.com' })).toBeNull();
			}
			expect(errors).toEqual([]);
		});

		it('on a later page is sent what an earlier one could not deliver, nor is it kept in the browser', async () => {
			await visit(snippet('data-page="off"'));
			await loaded();
			await context.setOffline(true);
			await secretly();
			await page.waitForTimeout(500);
			await context.setOffline(false);
			await page.route('**/v1/*', async (route) => await route.abort('connectionreset'));
			await visit(snippet() + says(false), '/no');
			await page.waitForFunction('window.journeys && window.journeys.consent');
			await page.unroute('**/v1/*');

			expect(await page.evaluate("Object.keys(localStorage).filter(function (key) { return /^(ajs_|persisted-queue)/.test(key); })")).toEqual([]);
			await inPage(({ journeys, analytics }) => { journeys.consent(true); analytics.track('Allowed', {}); });
			await until('what is allowed is stored', async () => (await stored()).length === 1);
			await page.waitForTimeout(2_000);
			expect((await stored()).map(({ name }) => name)).toEqual(['Allowed']);
			expect(await engine.profiles.get({ kind: 'email', value: 'secret@example.com' })).toBeNull();
		});
	});

	it('keeps the signal of Global Privacy Control over a no and a yes while the SDK is on its way', async () => {
		await context.addInitScript("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })");
		let go = (): void => undefined;
		const held = new Promise<void>((resolve) => (go = resolve));
		await page.route('**/analytics.min.js', async (route) => {
			await held;
			await route.continue();
		});
		await visit(snippet('data-page="off"'));
		await page.waitForFunction('window.journeys && window.journeys.consent');
		await inPage(({ journeys, analytics }) => { journeys.consent(false); journeys.consent(true); analytics.track('Allowed', {}); });
		go();
		await until('the event is stored', async () => (await stored()).length === 1);

		expect(await engine.consent.get({ profileId: (await stored())[0]?.profileId ?? 0 })).toMatchObject({ doNotSell: true });
	});

	it('marks a person whose browser sends Global Privacy Control as do-not-sell, or does not track at all where the site says so', async () => {
		await context.addInitScript("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })");
		await visit(snippet());
		await until('the view is stored', async () => (await stored()).length === 1);
		const [view] = await stored();

		expect(await engine.consent.get({ profileId: view?.profileId ?? 0 })).toMatchObject({ doNotSell: true });

		await visit(snippet('data-gpc="block"'), '/blocked');
		await page.waitForFunction('window.journeys && window.journeys.consent');
		await inPage(({ journeys }) => journeys.consent(true));
		await page.waitForTimeout(500);
		expect(await stored()).toHaveLength(1);
	});
});
