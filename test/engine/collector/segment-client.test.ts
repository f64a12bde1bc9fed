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
		expect(events.map(({ name, properties }) => [name, properties])).toEqual([
			['Order Completed', { total: 19.5, items: ['a', 'b'] }],
			['Product Viewed', {}],
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
