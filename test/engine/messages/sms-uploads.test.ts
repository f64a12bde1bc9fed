import sharp from 'sharp';

import { DATABASES } from '../databases';
import type { Leg, Sms } from '../journeys/walk';
import { MINUTE_MS, World } from '../journeys/world';
import { SolapiGateway } from './solapi-gateway';

const source = { source: 'test' };
const BASE = 'https://shop.example/j';

describe.each(DATABASES)('pictures that a service wants uploaded, on %s', (kind) => {
	let world: World;
	let gateway: SolapiGateway;
	let people: number[];
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('sms', 'sms');

	beforeEach(async () => {
		gateway = await SolapiGateway.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: BASE, port: null, workflow: 'c' });
	});
	afterEach(async () => {
		await world.close();
		await gateway.close();
	});

	async function enter(count: number, attributes: (n: number) => Record<string, string | number> = () => ({})): Promise<Leg> {
		const { profiles } = await world.engine.profiles.upsert(Array.from({ length: count }, (_, n) => ({ identities: [{ kind: 'phone', value: `+8210123456${10 + n}` }], attributes: { number: n, ...attributes(n) } })), source);
		people = profiles.map(Number);
		await world.track('Signed Up', people);
		return await world.walk.start(trigger());
	}
	async function image(name: string, colour: string): Promise<string> {
		const bytes = await sharp({ create: { width: 400, height: 200, channels: 3, background: colour } }).png().toBuffer();
		return (await world.engine.images.upload({ bytes, name, alt: '' })).url ?? '';
	}
	const mms = (url: string, given: Partial<Sms> = {}) => gateway.sms({ content: { text: 'Hello {{ profile.number }}', mediaUrls: [url] }, ...given });
	const ledger = () => world.rows<{ state: string; attempts: number; reason: string | null }>('select state, attempts, reason from message order by reserved_at, id');
	const again = async (message: Sms) => {
		world.clock.advance(MINUTE_MS);
		return await world.walk.sms(step(), (await world.walk.claim(step())).people, message);
	};

	it('go up once for everybody, as a JPEG, and each person gets one MMS with it', async () => {
		const url = await image('hero', 'red');

		const { results } = await world.walk.sms(step(), (await enter(12)).people, mms(url));

		expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 12 }, () => 'sent'));
		expect(gateway.uploaded).toHaveLength(1);
		expect(await sharp(gateway.uploaded[0]).metadata()).toMatchObject({ format: 'jpeg', width: 400, height: 200 });
		expect(gateway.sent.map(({ to }) => to).sort()).toEqual(Array.from({ length: 12 }, (_, n) => `010123456${10 + n}`));
		expect(new Set(gateway.sent.map(({ type, imageId }) => `${type} ${imageId}`))).toEqual(new Set(['MMS ST01FZ1']));
		expect(await ledger()).toEqual(Array.from({ length: 12 }, () => ({ state: 'sent', attempts: 1, reason: null })));
	});

	it('that differ by person go up once each, also over several batches; who has none gets a text', async () => {
		const urls = [await image('red', 'red'), await image('blue', 'blue'), ''];
		const leg = await enter(9, (n) => ({ picture: urls[n % 3] ?? '' }));

		for (const part of [leg.people.slice(0, 6), leg.people.slice(6)]) await world.walk.sms(step(), part, mms('{{ profile.picture }}'));

		expect(gateway.uploaded).toHaveLength(2);
		const ids = new Map(gateway.sent.map(({ text, imageId }) => [text, imageId]));
		expect([...Array(9).keys()].map((n) => ids.get(`Hello ${n}`))).toEqual([...Array(3).keys()].flatMap(() => [ids.get('Hello 0'), ids.get('Hello 1'), undefined]));
		expect(new Set(ids.values()).size).toBe(3);
		expect(gateway.sent).toHaveLength(9);
		expect(await ledger()).toEqual(Array.from({ length: 9 }, () => ({ state: 'sent', attempts: 1, reason: null })));
	});

	it.each<[string, (url: string) => string]>([['known before', (url) => url], ['made for each person', () => "{{ 'hero' | image_url }}"]])('go up while nothing is attempted (%s): a process that dies meanwhile leaves nobody unknown, and whoever opts out meanwhile gets nothing', async (_what, address) => {
		const url = await image('hero', 'red');
		const leg = await enter(2);
		await world.engine.consent.set(people.map((profile) => ({ profile, channel: 'sms', topic: '', state: 'subscribed', source: 'form' })));
		let meanwhile: unknown;
		gateway.onUpload = async () => {
			meanwhile = await ledger();
			await world.engine.consent.set([{ profile: people[0] ?? 0, channel: 'sms', topic: '', state: 'unsubscribed', source: 'form' }]);
			return undefined;
		};

		const { results } = await world.walk.sms(step(), leg.people, mms(address(url), { purpose: 'marketing' }));

		expect(meanwhile).toEqual([1, 2].map(() => ({ state: 'reserved', attempts: 0, reason: null })));
		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'skipped']);
		expect(gateway.sent).toMatchObject([{ to: '01012345611' }]);
	});

	it('that cannot be had hold their person at the step, who is neither suppressed nor lost, and gets one message after the picture was changed', async () => {
		const leg = await enter(2);
		const { results } = await world.walk.sms(step(), leg.people, mms('http://127.0.0.1:1/{{ profile.number }}.jpg'));
		await world.walk.settle(leg);
		const held = (await world.tokens()).map(({ state, reason }) => [state, reason]);

		await world.engine.journeys.retryHeld({ workflow: world.walk.workflow });
		const url = await image('hero', 'red');
		const second: string[] = [];
		// Each alone.
		for (let n = 0; n < 2; n += 1) {
			const alone = await world.walk.start(trigger());
			second.push(...(await world.walk.sms(step(), alone.people, mms(url))).results.map(({ outcome }) => outcome));
			await world.walk.settle(alone);
		}

		expect(results).toMatchObject([1, 2].map(() => ({ outcome: 'parked', reason: expect.stringMatching(/^The picture of this message could not be got from 127\.0\.0\.1: it is an address of a private network.*Retry Held\.$/) as string })));
		expect(held).toEqual([1, 2].map(() => ['held', expect.stringContaining('private network') as string]));
		expect(await world.rows('select address from suppression')).toEqual([]);
		expect(second).toEqual(['sent', 'sent']);
		expect(gateway.sent).toHaveLength(2);
	});

	it('that Solapi does not take hold their person, too, with its words', async () => {
		gateway.onUpload = () => ({ status: 400, json: { errorCode: 'InvalidImageFile', errorMessage: 'bad image' } });

		const { results } = await world.walk.sms(step(), (await enter(1)).people, mms(await image('hero', 'red')));

		expect(results).toMatchObject([{ outcome: 'parked', reason: 'Solapi refused the picture. Change it, then use Journey Control: Retry Held. Solapi said: bad image' }]);
		expect((await world.tokens()).map(({ state }) => state)).toEqual(['held']);
		expect(gateway.sent).toEqual([]);
	});

	it('whose upload is lost are tried again later, and nobody gets two messages', async () => {
		const url = await image('hero', 'red');
		gateway.onUpload = () => 'drop';
		const { results } = await world.walk.sms(step(), (await enter(12)).people, mms(url));
		const tried = gateway.uploaded.length;
		gateway.onUpload = undefined;

		const { results: second } = await again(mms(url));

		expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual(Array.from({ length: 12 }, () => ['parked', expect.stringContaining('The connection to Solapi ended') as string]));
		expect([tried, gateway.uploaded.length]).toEqual([1, 2]);
		expect(second.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 12 }, () => 'sent'));
		expect(gateway.sent.map(({ to }) => to).sort()).toEqual(Array.from({ length: 12 }, (_, n) => `010123456${10 + n}`));
	});

	it('that wait for credit make everybody wait, and the step says so', async () => {
		gateway.onUpload = () => ({ status: 402, json: { errorCode: 'NotEnoughBalance', errorMessage: 'charge it' } });

		const { results } = await world.walk.sms(step(), (await enter(12)).people, mms(await image('hero', 'red')));

		expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual(Array.from({ length: 12 }, () => ['parked', expect.stringContaining('no credit') as string]));
		expect(gateway.uploaded).toHaveLength(1);
		expect(gateway.sent).toEqual([]);
	});

	it('that wait for credit are no reason to ask for the pictures of the rest of the batch', async () => {
		gateway.onUpload = () => ({ status: 402, json: { errorCode: 'NotEnoughBalance', errorMessage: 'charge it' } });
		const urls = await Promise.all(['red', 'green', 'blue'].map((colour) => image(colour, colour)));
		const leg = await enter(3, (n) => ({ picture: urls[n] ?? '' }));

		const { results } = await world.walk.sms(step(), leg.people, mms('{{ profile.picture }}', { provider: { ...gateway.config, connections: 1 } }));

		expect(results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked', 'parked']);
		expect(gateway.uploaded).toHaveLength(1);
	});

	it('that Solapi turns out to have lost go up anew for those of the batch whose turn comes after', async () => {
		const url = await image('hero', 'red');
		gateway.onMessage = () => (gateway.sent.length === 1 ? { status: 200, json: { statusCode: '1034', statusMessage: 'no image' } } : undefined);

		const { results } = await world.walk.sms(step(), (await enter(3)).people, mms(url, { provider: { ...gateway.config, connections: 1 } }));

		expect(results.map(({ outcome }) => outcome)).toEqual(['parked', 'sent', 'sent']);
		expect(gateway.sent.map(({ imageId }) => imageId)).toEqual(['ST01FZ1', 'ST01FZ2', 'ST01FZ2']);
	});

	it('that Solapi has lost since are uploaded anew for the next try', async () => {
		const url = await image('hero', 'red');
		gateway.onMessage = () => ({ status: 200, json: { statusCode: '1034', statusMessage: 'no image' } });
		const { results } = await world.walk.sms(step(), (await enter(1)).people, mms(url));
		gateway.onMessage = undefined;

		const { results: second } = await again(mms(url));

		expect([results[0]?.outcome, second[0]?.outcome]).toEqual(['parked', 'sent']);
		expect(gateway.sent.map(({ imageId }) => imageId)).toEqual(['ST01FZ1', 'ST01FZ2']);
	});

	it('that Solapi never finds make their person wait longer each time, and go on by Not Sent in the end', async () => {
		const url = await image('hero', 'red');
		gateway.onMessage = () => ({ status: 200, json: { statusCode: '1034', statusMessage: 'no image' } });
		let leg = await enter(1);
		const outcomes: string[] = [];
		while (leg.people.length > 0 && outcomes.length < 12) {
			outcomes.push(...(await world.walk.sms(step(), leg.people, mms(url))).results.map(({ outcome }) => outcome));
			await world.walk.settle(leg);
			world.clock.advance(24 * 60 * MINUTE_MS);
			leg = await world.walk.start(step());
		}

		expect(outcomes).toEqual([...Array.from({ length: 7 }, () => 'parked'), 'failed']);
		expect(await ledger()).toMatchObject([{ state: 'failed', attempts: 8 }]);
		expect(gateway.uploaded).toHaveLength(8);
	});

	it('are none of a step whose template is not published: everybody waits there, and goes on once it is', async () => {
		const { people: waiting } = await enter(2);
		const { content: _content, ...message } = gateway.sms();
		const send = (persons: typeof waiting) => world.engine.messages.sendSms({ ...message, template: 'hello', step: step(), items: persons.map(({ stamp, json }, index) => ({ index, stamp, item: json })) });

		const results = await send(waiting);
		await world.engine.templates.save({ key: 'hello', channel: 'sms', content: { text: 'Hello' } });
		await world.engine.templates.publish('hello');
		world.clock.advance(MINUTE_MS);
		const second = await send((await world.walk.claim(step())).people);

		expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([1, 2].map(() => ['parked', expect.stringContaining('"hello"') as string]));
		expect(second.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
	});

	it('go up for a manual run\'s test recipient, and say there what is wrong with them', async () => {
		await enter(1);
		const preview = (url: string) => world.engine.messages.previewSms({ ...gateway.sms(), content: { text: 'Hi', mediaUrls: [url] }, profileId: people[0] ?? null, item: {}, testRecipient: '+821099999999' });

		expect((await preview(await image('hero', 'red'))).sentTo).toBe('+821099999999');
		expect(gateway.sent).toMatchObject([{ to: '01099999999', text: 'Hi', type: 'MMS', imageId: 'ST01FZ1' }]);
		await expect(preview('http://127.0.0.1:1/a.jpg')).rejects.toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining('private network') as string });
	});
});
