import { DATABASES } from '../databases';
import { answered, configured, post, startParts, storedEvents, type Parts } from './parts';

/** As analytics-kotlin and analytics-swift send it, with all that the spec knows. */
const PHONE = {
	active: true,
	app: { name: 'Shop', version: '5.4', build: '545', namespace: 'com.example.shop' },
	device: { id: 'B5372DB0', advertisingId: '7A3CBEA0', adTrackingEnabled: true, manufacturer: 'Apple', model: 'iPhone7,2', name: "Ada's iPhone", type: 'ios', token: 'ff15bc', version: '7,2' },
	library: { name: 'analytics-swift', version: '1.5.0' }, network: { bluetooth: false, carrier: 'T-Mobile', cellular: true, wifi: false },
	os: { name: 'iOS', version: '17.2' }, referrer: { id: 'ABCD', type: 'dataxu', name: 'Ads', url: 'https://ads.example', link: 'https://l.example' }, screen: { width: 320, height: 568, density: 2 },
	traits: { plan: 'free' }, userAgent: 'Mozilla/5.0', consent: { categoryPreferences: { ads: false } },
};
/** As the browser SDK sends it. */
const BROWSER = { userAgent: 'Mozilla/5.0', userAgentData: { brands: [{ brand: 'Chromium', version: '113' }], mobile: true, platform: 'Android' }, library: { name: 'analytics.js', version: 'npm:next-1.84.3' } };

describe.each(DATABASES)('the context of an event on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	const send = async (route: string, body: object) => answered(await parts.collector.handle(post(route, body)));
	const contexts = async () => (await storedEvents(parts.store)).map(({ properties }) => properties.context as Record<string, Record<string, unknown>> | undefined);

	it('keeps in what a person did it: app, kind of device, system, library and referrer, and nothing that names the one device', async () => {
		await send('track', { userId: 'u1', event: 'A', context: PHONE });
		await send('track', { userId: 'u1', event: 'B', context: BROWSER });

		expect(await contexts()).toEqual([
			{
				app: PHONE.app, device: { manufacturer: 'Apple', model: 'iPhone7,2', type: 'ios', version: '7,2' }, library: PHONE.library, os: PHONE.os, referrer: PHONE.referrer,
			},
			{ userAgentData: { mobile: true, platform: 'Android' }, library: BROWSER.library },
		]);
	});

	it('can be asked for by conditions', async () => {
		await send('track', { userId: 'u1', event: 'Opened', context: PHONE });
		await send('track', { userId: 'u2', event: 'Opened', context: { ...PHONE, os: { name: 'Android', version: '14' }, campaign: { source: 'ads' } } });
		await send('track', { userId: 'u3', event: 'Opened', context: BROWSER });
		const who = async (path: string, value: string) => (await parts.events.list({ name: 'Opened', filters: [{ path, operator: 'equals', value }] })).events.map(({ profileId }) => profileId).sort();

		expect([await who('context.os.name', 'iOS'), await who('context.device.type', 'ios'), await who('context.campaign.source', 'ads'), await who('context.userAgentData.platform', 'Android')]).toEqual([[1], [1, 2], [2], [3]]);
		expect((await parts.events.properties('Opened')).map(({ name }) => name)).toEqual(expect.arrayContaining(['context.app.version', 'context.os.name', 'context.library.name']));
	});

	it('tells in the answer what of it is not kept, each name once, and nothing where all is', async () => {
		const one = await send('track', { userId: 'u1', event: 'A', context: PHONE });
		const many = await send('batch', { batch: [{ type: 'track', userId: 'u1', event: 'A', context: BROWSER }, { type: 'track', userId: 'u1', event: 'B', context: BROWSER }, { type: 'identify', userId: 'u1', context: PHONE }] });
		const plain = await send('track', { userId: 'u1', event: 'A', context: { locale: 'de-DE', campaign: { source: 'x' }, externalIds: [{ type: 'crm', id: 'c1' }], gpc: true, app: { name: 'Shop', version: '' } } });

		expect(one).toEqual({ success: true, notKept: [
			'context.device.id', 'context.device.advertisingId', 'context.device.adTrackingEnabled', 'context.device.name',
			'context.active', 'context.network', 'context.screen', 'context.traits', 'context.userAgent', 'context.consent',
		] });
		expect(many).toEqual({ success: true, notKept: ['context.userAgentData.brands', 'context.userAgent'] });
		expect(plain).toEqual({ success: true });
	});

	it('has at most 8 KB, of which the campaign comes first, and what has no room is named', async () => {
		const long = 'x'.repeat(2_000);
		const answer = await send('track', { userId: 'u1', event: 'A', context: {
			library: { name: 'l' }, app: { name: long, version: long, build: '1' }, page: { url: long, referrer: long }, campaign: { source: 'ads', name: long },
		} });

		const [context] = await contexts();
		expect(Object.keys(context ?? {}).sort()).toEqual(['app', 'campaign', 'library', 'page']);
		expect(context?.app).toEqual({ name: long, build: '1' });
		expect(answer.notKept).toEqual(['context.app.version']);
		expect(JSON.stringify(context).length).toBeLessThan(9_000);
	});

	it('keeps the address of a page call that says it in the context alone', async () => {
		await send('page', { userId: 'u1', context: { page: { url: 'https://shop.example/a', referrer: 'https://search.example/' } } });
		await send('page', { userId: 'u1', properties: { url: 'https://shop.example/a' }, context: { page: { url: 'https://shop.example/a' } } });

		expect(await contexts()).toEqual([{ page: { url: 'https://shop.example/a', referrer: 'https://search.example/' } }, undefined]);
	});
});
