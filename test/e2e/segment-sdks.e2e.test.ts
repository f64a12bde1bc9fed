import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { Analytics } from '@segment/analytics-node';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { launchChromium, newContext } from './browser';
import { Stand, WRITE_KEY } from './stand';

/** Events of each client; they are called while n8n runs, while it is dead and while it starts again. */
const EVENTS = 120;
const EVERY_MS = 500;
const KILLS = 2;
const LONGEST_MS = 300_000;

/** Where each of them delivers, and the name of its events. */
const NODE = { listener: 'Node To Listener', webhook: 'Node To Webhook' };
const PAGES = { listener: 'Page To Listener', webhook: 'Page To Webhook' };
const NAMES = [...Object.values(NODE), ...Object.values(PAGES)];

/**
 * As docs/operations.md has it. While it starts, n8n 2.41.1 answers every call itself: 200 and "n8n is starting up" until its database is migrated,
 * then 404 until its routes are there. A client that takes either for the collector's answer loses what it sent (measured: all events of a
 * start, 20 s). Browsers do not: the answers have no CORS headers.
 */
async function answeredByCollector(url: string, init: RequestInit): Promise<Response> {
	const response = await fetch(url, init);
	if (response.headers.get('content-type')?.startsWith('application/json') !== true) throw new Error('This was not the collector: n8n is starting.');
	return response;
}

/** Segment's own clients, as their packages are, with nothing but an address set; and a real n8n that is killed under them. */
describe("Segment's SDKs for Node and the browser, through the own listener and through n8n's webhook", () => {
	let stand: Stand;
	let browser: Browser;
	let context: BrowserContext;
	let site: Server;
	let siteUrl: string;

	beforeAll(async () => {
		stand = await Stand.up();
		browser = await launchChromium();
		context = await newContext(browser);
		site = createServer((request, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(request.url?.startsWith('/webhook') === true ? throughWebhook() : throughListener()));
		await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
		// Another host than the collector's, so another origin and another site.
		siteUrl = `http://localhost:${(site.address() as AddressInfo).port}`;
	});

	afterAll(async () => {
		await context?.close();
		await browser?.close();
		site?.closeAllConnections();
		await new Promise<void>((resolve) => (site === undefined ? resolve() : site.close(() => resolve())));
		await stand?.down();
	});

	test('each event is stored exactly once, though n8n is killed twice while they are delivered', async () => {
		const clients = [
			{ name: NODE.listener, analytics: new Analytics({ writeKey: WRITE_KEY, host: stand.collectorUrl, flushAt: 5, flushInterval: 2_000 }) },
			{ name: NODE.webhook, analytics: new Analytics({ writeKey: WRITE_KEY, host: stand.n8n.url, path: '/webhook/journeys/v1/batch', httpClient: answeredByCollector, flushAt: 5, flushInterval: 2_000 }) },
		];
		const failures: unknown[] = [];
		for (const { analytics } of clients) analytics.on('error', ({ code, reason }) => failures.push([code, String(reason)]));
		const pages = [await open('/listener'), await open('/webhook')];

		const calling = Promise.all([
			...clients.map(({ name, analytics }) => callAll((n) => analytics.track({ userId: `node-${n % 7}`, event: name, properties: { n } }))),
			...pages.map((page, at) => page.evaluate(`(async () => {
				for (let n = 0; n < ${EVENTS}; n += 1) {
					window.analytics.track(${JSON.stringify(Object.values(PAGES)[at])}, { n });
					await new Promise((resolve) => setTimeout(resolve, ${EVERY_MS}));
				}
			})()`)),
		]);
		for (let kill = 1; kill <= KILLS; kill += 1) {
			const before = stored().length;
			await stand.until(`Some more events are stored before kill ${kill}`, () => stored().length >= before + 20, LONGEST_MS);
			await stand.n8n.kill();
			expect(stored().length).toBeLessThan(NAMES.length * EVENTS);
			await stand.restartN8n();
		}
		await calling;

		await stand.until('All events are stored', () => new Set(stored().map(({ name, n }) => `${name} ${n}`)).size === NAMES.length * EVENTS, LONGEST_MS);
		await Promise.all(clients.map(({ analytics }) => analytics.closeAndFlush({ timeout: LONGEST_MS })));
		// Whatever a client might still send again, it sends within its next back-off.
		await pause(5_000);
		for (const name of NAMES) {
			const numbers = stored().filter((event) => event.name === name).map(({ n }) => n);
			expect([name, numbers.sort((a, b) => a - b)]).toEqual([name, Array.from({ length: EVENTS }, (_none, n) => n)]);
		}
		expect(failures).toEqual([]);
	});

	test('identify and group calls reach the person through either way', async () => {
		const listener = new Analytics({ writeKey: WRITE_KEY, host: stand.collectorUrl });
		const webhook = new Analytics({ writeKey: WRITE_KEY, host: stand.n8n.url, path: '/webhook/journeys/v1/batch' });

		listener.identify({ userId: 'sdk-1', traits: { email: 'Sdk.One@Example.com', plan: 'pro' } });
		webhook.group({ userId: 'sdk-1', groupId: 'acme', traits: { seats: 12 } });
		webhook.track({ userId: 'sdk-1', event: 'Sdk Done', context: { campaign: { source: 'newsletter', name: 'spring', medium: 'email' } } });
		await Promise.all([listener.closeAndFlush(), webhook.closeAndFlush()]);

		const rows = stand.database.rows(`select e.name, json_extract(e.properties, '$.context.campaign.source') as campaign, json_extract(p.attributes, '$.plan') as plan,
			(select count(*) from identity m where m.profile = p.id and m.kind = 'email' and m.value = 'sdk.one@example.com') as mails,
			(select count(*) from account_member a where a.profile = p.id) as accounts
			from identity i join profile p on p.id = i.profile join event e on e.profile = p.id where i.value = 'sdk-1'`);
		expect(rows).toEqual([{ name: 'Sdk Done', campaign: 'newsletter', plan: 'pro', mails: 1, accounts: 1 }]);
	});

	function stored(): Array<{ name: string; n: number }> {
		return stand.database.rows<{ name: string; n: number }>(`select name, json_extract(properties, '$.n') as n from event where name in (${NAMES.map((name) => `'${name}'`).join()})`);
	}

	async function callAll(call: (n: number) => void): Promise<void> {
		for (let n = 0; n < EVENTS; n += 1) {
			call(n);
			await pause(EVERY_MS);
		}
	}

	async function open(path: string): Promise<Page> {
		const page = await context.newPage();
		await page.goto(`${siteUrl}${path}`);
		await page.waitForFunction('window.analytics && window.analytics.initialized === true');
		return page;
	}

	function throughListener(): string {
		return `<!doctype html><title>Listener</title><script async src="${stand.collectorUrl}/snippet.js" data-write-key="${WRITE_KEY}" data-page="off"></script>`;
	}

	/** What Segment's own snippet sets: the SDK itself comes from the listener, its events go to n8n. */
	function throughWebhook(): string {
		const load = { integrations: { 'Segment.io': { apiHost: `${stand.n8n.url.replace('http://', '')}/webhook/journeys/v1`, protocol: 'http' } } };
		return `<!doctype html><title>Webhook</title><script>
			window.analytics = [];
			Object.assign(window.analytics, { invoked: true, _writeKey: ${JSON.stringify(WRITE_KEY)}, _cdn: ${JSON.stringify(stand.collectorUrl)}, _loadOptions: ${JSON.stringify(load)} });
		</script><script async src="${stand.collectorUrl}/analytics.js/v1/${WRITE_KEY}/analytics.min.js"></script>`;
	}
});
