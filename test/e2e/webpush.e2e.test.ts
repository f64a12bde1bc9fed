import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { sql } from 'kysely';
import type { Browser, BrowserContext, CDPSession, Page, Worker } from 'playwright-core';

import { createEngine, type LocalEngine } from '../../engine';
import { emptyDatabase } from '../engine/databases';
import { PushService } from '../engine/messages/push-service';
import { launchChromium, newContext } from './browser';

const WRITE_KEY = 'wk_web-push';
const WORKFLOW = 'collector';


/*
 * The site, its service worker's file of one line, the collector's own listener and a push service, all on this machine. What a browser's own push service does is left out by hand: Chromium
 * subscribes at Google's alone, so PushManager.subscribe gives a subscription whose keys this test has made, and DevTools deliver to the worker what this test has decrypted with them.
 */
describe('web push in Chromium', () => {
	let browser: Browser;
	let site: Server;
	let siteUrl: string;
	let port = 0;
	let service: PushService;
	let database: Awaited<ReturnType<typeof emptyDatabase>>;
	let engine: LocalEngine;
	let context: BrowserContext;
	let page: Page;
	let devTools: CDPSession;
	let registration = '';

	beforeAll(async () => {
		browser = await launchChromium();
		site = createServer((request, response) => {
			if (request.url === '/journeys-sw.js') return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(`importScripts('http://127.0.0.1:${port}/webpush-sw.js');`);
			response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>Shop</title><script async src="http://127.0.0.1:${port}/snippet.js" data-write-key="${WRITE_KEY}" data-page="off"></script>
				<script>if (location.search === '?unasked') {
					// As in a browser that was never asked, which the permission of these tests hides.
					Object.defineProperty(Notification, 'permission', { get: () => 'default' });
					const timer = setInterval(() => { if (window.journeys && window.journeys.webPush) { clearInterval(timer); journeys.webPush.subscribe().then(() => { window.answer = 'asked'; }, (error) => { window.answer = error.code; }); } }, 20);
				}</script>
				<button onclick="journeys.webPush.subscribe(window.signedIn).then(() => { window.answer = 'subscribed'; }, (error) => { window.answer = error.code + ': ' + error.message; })">Tell me</button>`);
		});
		await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
		siteUrl = `http://localhost:${(site.address() as AddressInfo).port}`;
	});
	afterAll(async () => {
		await browser?.close();
		site?.closeAllConnections();
		await new Promise<void>((resolve) => (site === undefined ? resolve() : site.close(() => resolve())));
	});

	beforeEach(async () => {
		// Of the browser before: its worker is gone.
		registration = '';
		service = await PushService.open();
		database = await emptyDatabase('sqlite');
		engine = await createEngine({ database: database.database });
		const { port: found } = await engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'web' }, publicUrl: 'http://127.0.0.1:1', port: 0, host: '127.0.0.1', workflow: WORKFLOW });
		port = found ?? 0;
		await engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'web' }, publicUrl: `http://127.0.0.1:${port}`, port, host: '127.0.0.1', workflow: WORKFLOW });
		await engine.settings.set({ pushServices: [service.host], quietHours: null, caps: [] });
		context = await newContext(browser);
		await context.grantPermissions(['notifications'], { origin: siteUrl });
		await context.addInitScript(`(() => {
			const subscription = { ...${JSON.stringify(service.subscription('chromium'))}, options: {}, toJSON() { return { endpoint: this.endpoint, keys: this.keys }; }, unsubscribe: () => { window.had = undefined; return Promise.resolve(true); } };
			PushManager.prototype.subscribe = function (options) { window.asked = options; window.had = subscription; return Promise.resolve(subscription); };
			PushManager.prototype.getSubscription = function () { return Promise.resolve(window.had || null); };
		})();`);
		page = await context.newPage();
		devTools = await context.newCDPSession(page);
		devTools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			// Those of browsers before are told as well: theirs was made before this one's.
			const newest = registrations.filter(({ isDeleted, scopeURL }) => !isDeleted && scopeURL.startsWith(siteUrl)).map(({ registrationId }) => registrationId).sort((a, b) => Number(b) - Number(a))[0];
			if (newest !== undefined && Number(newest) >= Number(registration)) registration = newest;
		});
		await devTools.send('ServiceWorker.enable');
		await page.goto(siteUrl);
		await page.waitForFunction('window.analytics && window.analytics.initialized === true');
	});
	afterEach(async () => {
		await context?.close();
		await engine?.close();
		await database?.drop();
		await service?.close();
	});

	async function until<Found>(what: string, find: () => Promise<Found | undefined>): Promise<Found> {
		const deadline = performance.now() + 30_000;
		for (;;) {
			const found = await find();
			if (found !== undefined) return found;
			if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
			await page.waitForTimeout(50);
		}
	}

	const inPage = async <Answer>(script: string): Promise<Answer> => await page.evaluate<Answer>(script);
	const events = async (): Promise<string[]> => (await engine.events.list({ limit: 100 })).events.map(({ name }) => name).reverse();

	async function subscribe(): Promise<number> {
		await page.click('button');
		const answer = await until('the browser has subscribed', async () => (await inPage<string | null>('window.answer || null')) ?? undefined);
		expect(answer).toBe('subscribed');
		const { events: found } = await engine.events.list({ name: 'Web Push Subscribed' });
		return Number(found[0]?.profileId);
	}

	/** Sends by the engine, decrypts what came to the push service, and has DevTools deliver it. */
	async function notify(profile: number, content: Record<string, unknown>): Promise<Worker> {
		await engine.profiles.upsert([{ profileId: profile, identities: [{ kind: 'user_id', value: 'anna' }] }], { source: 'test' });
		const [result] = await engine.messages.sendWebPush({
			step: { workflow: 'wf', step: 'web push', name: 'Web Push', type: 'webPush' }, purpose: 'transactional', topic: '', content: { title: 'Back in stock', body: 'Your size is here', ...content }, trackClicks: true, urgency: 'normal',
			items: [{ index: 0, contact: { user_id: 'anna', key: `k${service.shown.length}` }, item: {} }],
		});
		expect(result).toMatchObject({ outcome: 'sent' });
		const { payload } = service.shown.at(-1) ?? { payload: {} };
		await inPage('navigator.serviceWorker.ready.then(() => true)');
		await until('the service worker is known to DevTools', async () => (registration === '' ? undefined : registration));
		await devTools.send('ServiceWorker.deliverPushMessage', { origin: siteUrl, registrationId: registration, data: JSON.stringify(payload) });
		return await until('the service worker runs', async () => context.serviceWorkers().find((worker) => worker.url().startsWith(siteUrl)));
	}

	/** What stands in the browser. Asked only once the worker has told that it is shown: Chromium forgets a notification that getNotifications finds stored and not yet drawn. */
	async function shown(): Promise<Array<{ title: string; body: string; actions: number }>> {
		await until('the engine has heard that it came', async () => ((await events()).includes('Push Notification Received') ? true : undefined));
		return await inPage('navigator.serviceWorker.ready.then((found) => found.getNotifications()).then((all) => all.map(({ title, body, actions }) => ({ title, body, actions: (actions || []).length })))');
	}
	/** What the system does when somebody clicks: without it no page may open a window, so that what would open is kept instead. */
	const click = (worker: Worker, action = '') => worker.evaluate(`(async () => {
		self.opened = self.opened || [];
		Object.defineProperty(self.clients, 'openWindow', { configurable: true, value: (url) => { self.opened.push(url); return Promise.resolve(null); } });
		const [notification] = await self.registration.getNotifications();
		const event = new NotificationEvent('notificationclick', { notification, action: ${JSON.stringify(action)} });
		let work; event.waitUntil = (promise) => { work = promise; };
		self.dispatchEvent(event);
		await work;
		return self.opened;
	})()`) as Promise<string[]>;

	it('subscribes at a click with the engine\'s key, which is the visitor\'s yes, and unsubscribes again', async () => {
		const profile = await subscribe();

		expect(await inPage('journeys.webPush.state()')).toBe('subscribed');
		const asked = Buffer.from(await inPage<number[]>('Array.from(window.asked.applicationServerKey)')).toString('base64url');
		const { publicKey } = (await (await fetch(`http://127.0.0.1:${port}/webpush-key`)).json()) as { publicKey: string };
		expect([asked, await inPage('window.asked.userVisibleOnly')]).toEqual([publicKey, true]);
		expect((await engine.consent.get({ profileId: profile }))?.consents).toMatchObject([{ channel: 'webpush', state: 'subscribed', source: 'web-push' }]);

		await inPage('journeys.webPush.unsubscribe()');
		expect((await engine.consent.get({ profileId: profile }))?.consents).toMatchObject([{ channel: 'webpush', state: 'unsubscribed' }]);
		expect(await inPage('journeys.webPush.state()')).toBe('unsubscribed');
	});

	it('passes on who is signed in, with the proof of the site, and tells it when it comes later', async () => {
		const userSecret = 'a-secret-of-the-site';
		await engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'web' }, publicUrl: `http://127.0.0.1:${port}`, port, host: '127.0.0.1', workflow: WORKFLOW, userSecret });
		const userToken = createHmac('sha256', userSecret).update('ann').digest('hex');
		const devices = async () => (await engine.profiles.get({ kind: 'user_id', value: 'ann' }))?.devices.map(({ channel, why }) => [channel, why === null]);
		await inPage('analytics.identify("ann")');
		await until('she is known', devices);

		await subscribe();
		const without = await devices();
		await inPage(`window.signedIn = { userId: 'ann', userToken: '${userToken}' }; window.answer = null;`);
		await subscribe();

		expect([without, await devices()]).toEqual([[['webpush', false]], [['webpush', true]]]);

		// On a later page by attributes of the snippet, of which the browser was not told before.
		await engine.store.tx('web-push-subscribe', (tx) => tx.run(sql`update web_push_subscription set proven = '-'`));
		await inPage(`localStorage.setItem('journeys-webpush', analytics.user().anonymousId() + ' ' + window.had.endpoint)`);
		await context.addInitScript(`window.had = undefined; new MutationObserver(() => { const snippet = document.querySelector('script[data-write-key]'); if (snippet) { snippet.setAttribute('data-user-id', 'ann'); snippet.setAttribute('data-user-token', '${userToken}'); } }).observe(document, { childList: true, subtree: true });
			navigator.serviceWorker && PushManager.prototype.subscribe.call(null, {});`);
		await page.reload();
		await until('the browser has told the proof', async () => ((await devices())?.every(([, used]) => used) === true ? true : undefined));
	});

	it('asks nobody but at a gesture, and nobody who has not agreed to tracking', async () => {
		await page.goto(`${siteUrl}/?unasked`);
		expect(await until('the page has heard', async () => (await inPage<string | null>('window.answer || null')) ?? undefined)).toBe('no_gesture');

		await page.goto(siteUrl);
		await page.waitForFunction('window.analytics && window.analytics.initialized === true');
		await inPage('journeys.consent(false)');
		await page.click('button');
		expect(await until('the page has heard', async () => (await inPage<string | null>('window.answer || null')) ?? undefined)).toMatch(/^no_consent: /);
		expect(await inPage('window.asked === undefined')).toBe(true);
	});

	it('shows what the engine sent, tells that it came, and opens the tracked link at a click', async () => {
		const profile = await subscribe();
		const worker = await notify(profile, { link: 'https://shop.example/p/7', actions: [{ title: 'Buy', link: 'https://shop.example/buy/7' }] });

		expect(await shown()).toEqual([{ title: 'Back in stock', body: 'Your size is here', actions: 1 }]);
		const [buy] = await click(worker, '0');
		expect(buy).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/click\\?t=`));
		const answer = await fetch(buy ?? '', { redirect: 'manual' });
		expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://shop.example/buy/7']);
	});

	it('brings a tab to the front that shows the link already, and tells of the click by itself', async () => {
		const profile = await subscribe();
		const worker = await notify(profile, { link: `${siteUrl}/` });
		expect(await shown()).toHaveLength(1);

		expect(await click(worker)).toEqual([]);

		await until('the engine has heard of the click', async () => ((await events()).includes('Push Notification Tapped') ? true : undefined));
	});

	it('tells of a notification that was closed', async () => {
		const profile = await subscribe();
		const worker = await notify(profile, {});
		expect(await shown()).toHaveLength(1);

		await worker.evaluate(`(async () => { const [notification] = await self.registration.getNotifications(); self.dispatchEvent(new NotificationEvent('notificationclose', { notification })); })()`);

		await until('the engine has heard that it was closed', async () => ((await events()).includes('Push Notification Dismissed') ? true : undefined));
	});

	it('leaves what is not ours to the site\'s own worker', async () => {
		await subscribe();
		await inPage('navigator.serviceWorker.ready.then(() => true)');
		await until('the service worker is known to DevTools', async () => (registration === '' ? undefined : registration));
		await devTools.send('ServiceWorker.deliverPushMessage', { origin: siteUrl, registrationId: registration, data: 'of somebody else' });
		await page.waitForTimeout(500);

		expect(await inPage("navigator.serviceWorker.ready.then((found) => found.getNotifications()).then((all) => all.filter(({ data }) => data && data.journeys === 1).length)")).toBe(0);
		expect(await events()).not.toContain('Push Notification Received');
	});
});
