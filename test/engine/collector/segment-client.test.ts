import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { Analytics } from '@segment/analytics-node';

import { DATABASES } from '../databases';
import { basic, configured, startParts, storedEvents, WRITE_KEY, type Parts } from './parts';

/** The real client of Segment, over a real socket, into the engine's own listener. */
describe.each(DATABASES)("Segment's Node client against the collector's own listener on %s", (kind) => {
	let parts: Parts;
	let host: string;
	beforeEach(async () => {
		parts = await startParts(kind);
		host = `http://127.0.0.1:${await configured(parts, 0)}`;
	});
	afterEach(() => parts.close());

	it('has its identify and track calls stored in order, with identities and attributes', async () => {
		const analytics = new Analytics({ writeKey: WRITE_KEY, host, flushAt: 100, maxRetries: 0 });
		const failures: unknown[] = [];
		analytics.on('error', (error) => failures.push(error));

		analytics.identify({ userId: 'u1', traits: { email: 'Ada@Example.com ', plan: 'pro', seats: 3 } });
		analytics.track({ userId: 'u1', event: 'Order Completed', properties: { total: 19.5, items: ['a', 'b'] } });
		analytics.track({ anonymousId: 'anon-9', event: 'Product Viewed' });
		analytics.page({ userId: 'u1', name: 'Home' });
		await analytics.closeAndFlush();

		expect(failures).toEqual([]);
		const events = await storedEvents(parts.store);
		const context = { library: { name: '@segment/analytics-node', version: expect.any(String) as string } };
		expect(events.map(({ name, properties }) => [name, properties])).toEqual([
			['Order Completed', { total: 19.5, items: ['a', 'b'], context }],
			['Product Viewed', { context }],
			['Page Viewed', { name: 'Home', context }],
		]);
		expect(events[0]?.profile).not.toBe(events[1]?.profile);
	});

	it('can send a batch again after a lost answer without storing it twice', async () => {
		const analytics = new Analytics({ writeKey: WRITE_KEY, host, flushAt: 100, maxRetries: 0 });
		let sent = '';
		analytics.on('http_request', ({ body }) => (sent = String(body)));
		for (let n = 0; n < 20; n += 1) analytics.track({ userId: `u${n % 3}`, event: 'Clicked', properties: { n } });
		await analytics.closeAndFlush();

		const again = await fetch(`${host}/v1/batch`, { method: 'POST', headers: { authorization: basic(WRITE_KEY), 'content-type': 'application/json' }, body: sent });

		expect(again.status).toBe(200);
		expect(await storedEvents(parts.store)).toHaveLength(20);
	});

	it('loses and doubles nothing while the listener goes away, and answers get lost', async () => {
		const { port } = new URL(host);
		const lossy = await lossyProxy(Number(port));
		const analytics = new Analytics({ writeKey: WRITE_KEY, host: lossy.url, flushAt: 5, maxRetries: 10 });
		const failures: unknown[] = [];
		analytics.on('error', (error) => failures.push(error));

		lossy.mode = 'swallow';
		for (let n = 0; n < 10; n += 1) analytics.track({ userId: 'u1', event: 'Step', properties: { n } });
		await lossy.heard(2);
		lossy.mode = 'refuse';
		for (let n = 10; n < 20; n += 1) analytics.track({ userId: 'u1', event: 'Step', properties: { n } });
		await lossy.heard(4);
		lossy.mode = 'pass';
		await analytics.closeAndFlush({ timeout: 30_000 });

		expect(failures).toEqual([]);
		const numbers = (await storedEvents(parts.store)).map(({ properties }) => Number(properties.n)).sort((a, b) => a - b);
		expect(numbers).toEqual(Array.from({ length: 20 }, (_none, n) => n));
		await lossy.close();
	});

	it('hears that its write key is unknown', async () => {
		const analytics = new Analytics({ writeKey: 'wrong', host, flushAt: 100, maxRetries: 0 });
		const failures: string[] = [];
		analytics.on('error', (error) => failures.push(String(error.reason instanceof Error ? error.reason.message : error.reason)));

		analytics.track({ userId: 'u1', event: 'Order Completed' });
		await analytics.closeAndFlush();

		expect(failures.join()).toContain('401');
		expect(await storedEvents(parts.store)).toEqual([]);
	});
});

interface LossyProxy {
	url: string;
	/** swallow: hand on, then break the connection instead of answering. refuse: break it at once. */
	mode: 'pass' | 'swallow' | 'refuse';
	/** After so many requests in all have been lost. */
	heard(count: number): Promise<void>;
	close(): Promise<void>;
}

/** What stands between a client and a server that is being killed. */
async function lossyProxy(port: number): Promise<LossyProxy> {
	let lost = 0;
	const waiting: Array<{ count: number; resolve: () => void }> = [];
	const lose = (socket: Socket): void => {
		socket.resetAndDestroy();
		lost += 1;
		for (const { count, resolve } of waiting) if (lost >= count) resolve();
	};
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
		if (proxy.mode === 'refuse') return lose(request.socket);
		const { authorization = '', 'content-type': type = '' } = request.headers;
		const answer = await fetch(`http://127.0.0.1:${port}${request.url ?? ''}`, { method: 'POST', body: Buffer.concat(chunks), headers: { authorization, 'content-type': type } });
		if (proxy.mode === 'swallow') return lose(request.socket);
		response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const proxy: LossyProxy = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		mode: 'pass',
		heard: (count) => new Promise((resolve) => (lost >= count ? resolve() : void waiting.push({ count, resolve }))),
		close: () => new Promise((resolve) => {
			server.closeAllConnections();
			server.close(() => resolve());
		}),
	};
	return proxy;
}
