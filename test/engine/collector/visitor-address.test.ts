import { callerOf, evidentAddress } from '../../../engine/collector/visitor-address';
import { basic, startParts, storedEvents, WRITE_KEY, type Parts } from './parts';

describe("the visitor's address", () => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts('sqlite');
		await parts.settings.api.set({ storeIps: true });
	});
	afterEach(() => parts.close());

	const listening = async (options: { trustedProxies?: number; workflow?: string; port?: number }) =>
		(await parts.collector.configure({ writeKeys: { [WRITE_KEY]: 'shop' }, publicUrl: 'https://t.example.com', port: 0, host: '127.0.0.1', workflow: 'w', ...options })).port ?? 0;
	/** What is stored of a call of a web page from this machine. */
	async function stored(port: number, forwardedFor?: string): Promise<unknown> {
		await fetch(`http://127.0.0.1:${port}/v1/track`, {
			method: 'POST', body: JSON.stringify({ userId: 'u1', event: 'A' }),
			headers: { authorization: basic(WRITE_KEY), origin: 'https://shop.example', ...(forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }) },
		});
		return ((await storedEvents(parts.store)).at(-1)?.properties.context as { ip?: string } | undefined)?.ip;
	}

	it('is not kept when a proxy on this machine called, nor believed from a header that nobody vouches for', async () => {
		const port = await listening({});

		expect([await stored(port), await stored(port, '203.0.113.7')]).toEqual([undefined, undefined]);
	});

	it('is the entry that the outermost trusted proxy wrote, whatever the caller put before it', async () => {
		const one = await listening({ trustedProxies: 1 });
		const behindOne = [await stored(one), await stored(one, '203.0.113.7'), await stored(one, '198.51.100.1, 203.0.113.7'), await stored(one, 'made up')];
		const two = await listening({ trustedProxies: 2 });
		const behindTwo = [await stored(two, '198.51.100.1, 203.0.113.7, 192.0.2.1'), await stored(two, '203.0.113.7')];

		expect(behindOne).toEqual([undefined, '203.0.113.7', '203.0.113.7', undefined]);
		expect(behindTwo).toEqual(['203.0.113.7', undefined]);
	});

	it('of workflows that share a listener the one that trusts the fewest is heard', async () => {
		const port = await listening({ trustedProxies: 2 });
		await listening({ trustedProxies: 1, workflow: 'other', port });
		const shared = await stored(port, '203.0.113.7, 192.0.2.1');
		await parts.collector.remove('other');
		await listening({ trustedProxies: 2, port });

		expect([shared, await stored(port, '203.0.113.7, 192.0.2.1')]).toEqual(['192.0.2.1', '203.0.113.7']);
	});

	it.each([-1, 1.5, 11, Number.NaN])('refuses %s as a number of proxies', async (trustedProxies) => {
		await expect(listening({ trustedProxies })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});

	it.each([
		['203.0.113.7', '203.0.113.7'], ['::ffff:203.0.113.7', '203.0.113.7'], ['203.0.113.7:4711', '203.0.113.7'], ['[2001:db8::7]:443', '2001:db8::7'], ['2001:db8::7', '2001:db8::7'],
		['127.0.0.1', null], ['::1', null], ['::ffff:127.0.0.1', null], ['::ffff:7f00:1', null], ['10.1.2.3', null], ['172.18.0.1', null], ['172.32.0.1', '172.32.0.1'], ['192.168.1.1', null],
		['100.64.0.9', null], ['169.254.1.1', null], ['fd00::1', null], ['fe80::1%eth0', null], ['', null], [undefined, null], ['unknown', null], ['_hidden', null],
	])('of %s it keeps %s', (given, kept) => {
		expect(evidentAddress(given)).toBe(kept);
	});

	it('is the other end of the connection where no proxy is trusted', () => {
		expect(callerOf('203.0.113.7', '198.51.100.1', 0)).toBe('203.0.113.7');
	});
});
