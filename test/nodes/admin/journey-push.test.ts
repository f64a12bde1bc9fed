import { sql } from 'kysely';
import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, IDataObject, INodeParameters } from 'n8n-workflow';

import { JourneyApnsApi } from '../../../credentials/JourneyApnsApi.credentials';
import { JourneyExpoApi } from '../../../credentials/JourneyExpoApi.credentials';
import { JourneyFcmApi } from '../../../credentials/JourneyFcmApi.credentials';
import { JourneyOneSignalApi } from '../../../credentials/JourneyOneSignalApi.credentials';
import { hashId } from '../../../engine/kernel';
import { JourneyPush } from '../../../nodes/JourneyPush/JourneyPush.node';
import { credentialTest, PUSH_PROVIDERS } from '../../../nodes/JourneyPush/providers';
import { JourneyWebPush } from '../../../nodes/JourneyWebPush/JourneyWebPush.node';
import { pem, RSA } from '../../engine/channels/push/bench';
import { PushService, token } from '../../engine/messages/push-service';
import { createWorld, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

const SENT = 0;
const NOT_SENT = 1;

let world: World;
let service: PushService;

beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyPush`]: new JourneyPush(), [`${PREFIX}journeyWebPush`]: new JourneyWebPush() });
	service = await PushService.open();
});
afterEach(async () => {
	await world.close();
	await service.close();
});

const desk = (parameters: INodeParameters = {}, more: Partial<DeskOptions> = {}) =>
	new Desk({ type: 'journeyPush', node: new JourneyPush(), parameters: { provider: 'expo', purpose: 'transactional', ...parameters }, credentials: { journeyExpoApi: { baseUrl: service.service.url } }, ...more });
const webDesk = (parameters: INodeParameters = {}) => new Desk({ type: 'journeyWebPush', node: new JourneyWebPush(), parameters: { purpose: 'transactional', ...parameters }, credentials: {} });
const about = ({ json }: { json: IDataObject }, field = 'push') => json[field] as IDataObject;

async function profile(userId: string, devices: string[], attributes: Record<string, string> = {}): Promise<number> {
	const report = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: userId }, ...devices.map((value) => ({ kind: 'device', value }))], attributes }], { source: 'test' });
	return Number(report.profiles[0]);
}

describe('a manual run of Journey Push', () => {
	it('renders the notification as it would go to the provider, sends nothing and records nothing', async () => {
		const anna = await profile('anna', [token('a'), token('b')], { firstName: 'Anna' });
		const before = await world.rows();
		const parameters = {
			title: 'Hello {{ profile.firstName }}', message: 'Order {{ item.order }}', link: 'https://shop.example/{{ item.order }}', data: { values: [{ name: 'order', value: '{{ item.order }}' }] },
			options: { badge: '{{ item.order }}', override: '{"channelId": "{{ item.kind }}"}', timeToLiveHours: 0.5, priority: 'normal' },
		};

		const run = await desk(parameters).run([{ _journey: { manual: true, profile: anna }, order: 7, kind: 'or"ders' }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(about(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({
			status: 'rendered', sentTo: null, devices: 2, guards: { verdict: 'send' },
			notification: { title: 'Hello Anna', body: 'Order 7', data: { order: '7', link: 'https://shop.example/7' }, badge: 7, ttl: 1800, priority: 'normal', channelId: 'or"ders' },
		});
		expect(service.sent).toEqual([]);
		expect(await world.rows()).toEqual(before);
	});

	it('sends the first three to the test device, and refuses one that is no token of the provider', async () => {
		const items = Array.from({ length: 4 }, () => ({ userId: 'anna' }));
		await profile('anna', [token('a')]);

		await desk({ testDevice: token('mine'), contactUserId: '={{ $json.userId }}' }).run(items, 'manual');
		const wrong = await desk({ testDevice: '00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0' }).run([{}], 'manual');

		expect(service.sent.map(({ to }) => to)).toEqual(Array.from({ length: 3 }, () => token('mine')));
		expect(errorOf(wrong)?.message).toMatch(/no token of this provider/);
	});
});

describe('what would keep a notification of a journey from leaving', () => {
	const long = { message: 'x'.repeat(4_100) };
	const hints = (run: Awaited<ReturnType<Desk['run']>>) => run.data.resultData.runData[SUBJECT]?.[0]?.hints?.map(({ type, message }) => `${type} ${message}`);

	it.each<[string, (parameters: INodeParameters) => Desk]>([['push', (given) => desk({ title: 'Hi', ...given })], ['webPush', (given) => webDesk({ title: 'Hi', ...given })]])('is said in a manual run of %s: too many bytes', async (field, made) => {
		const looked = await made(long).run([{}], 'manual');
		const fits = await made({ message: 'x' }).run([{}], 'manual');

		expect(errorOf(looked)).toBeUndefined();
		expect(about(outputOf(looked, SUBJECT, SENT)[0], field)).toMatchObject({ status: 'rendered', trouble: expect.stringMatching(/bytes for this person, and push services take/) as string });
		expect(hints(looked)).toContainEqual(expect.stringMatching(/^warning .*bytes for this person/));
		expect(about(outputOf(fits, SUBJECT, SENT)[0], field)).not.toHaveProperty('trouble');
	});

	it.each<[string, () => Desk, RegExp]>([
		['data of a name that is taken', () => desk({ title: 'Hi', data: { values: [{ name: 'link', value: 'x' }] } }), /data with the name link/],
		['data of a browser of a name that is taken', () => webDesk({ title: 'Hi', options: { data: { values: [{ name: 'aps', value: 'x' }] } } }), /data with the name aps/],
		['more buttons than a browser shows', () => webDesk({ title: 'Hi', buttons: { values: [1, 2, 3].map((n) => ({ title: `B${n}`, link: 'https://shop.example' })) } }), /more than 2 buttons/],
	])('is refused in a manual run as by the send: %s', async (_what, made, message) => {
		const run = await made().run([{}], 'manual');

		expect(errorOf(run)?.message).toMatch(message);
	});
});

describe('Journey Push outside a journey', () => {
	it('sends to the devices of each item\'s user id, and says on it what became of it', async () => {
		await profile('anna', [token('a'), token('b')]);

		const run = await desk({ title: 'Order {{ item.order }}', contactUserId: '={{ $json.userId }}' }).run([{ userId: 'anna', order: 7 }, { userId: 'ben', order: 8 }]);

		expect(service.sent.map(({ to, title }) => [to, title])).toEqual([[token('a'), 'Order 7'], [token('b'), 'Order 7']]);
		expect(about(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent', reason: null });
		expect(about(outputOf(run, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'skipped', reason: 'no device that this step sends to' });
	});

	it.each<[string, INodeParameters, RegExp]>([
		['texts that are empty', { title: ' ', message: '' }, /has no text/],
		['Liquid that is wrong', { title: 'Hello {% if %}' }, /^Title, line 1/],
		['data without a name', { data: { values: [{ name: '', value: 'x' }] } }, /has no name/],
		['data of a name that is taken', { data: { values: [{ name: 'link', value: 'x' }] } }, /data with the name link/],
		['an override that is no JSON', { options: { override: '{{ profile.x }}' } }, /no JSON object/],
		['a provider that is not known', { provider: 'pigeon' }, /'Provider' is none/],
		['an item without a user id', { contactUserId: '' }, /Nothing says to whom/],
	])('says what is wrong with %s', async (_what, parameters, message) => {
		const run = await desk({ contactUserId: '={{ $json.userId }}', ...parameters }).run([{ userId: 'anna' }]);

		expect(errorOf(run)?.message).toMatch(message);
		expect(service.sent).toEqual([]);
	});
});

describe('Journey Push, published', () => {
	const ticketWaits = (account: string) => world.engine.store.tx('push-receipts', (tx) => tx.run(sql`insert into push_receipt (ticket, message, device, base_url, account, sent_at, due_at) values ('ticket-1', 'message-1', 'device', ${service.service.url}, ${account}, ${tx.nowMs}, ${tx.nowMs})`));

	it('hands the engine the access token by which Expo is asked what became of earlier notifications', async () => {
		await ticketWaits(hashId('expo access token', 'token-of-expo'));
		await world.engine.tick();
		const before = service.asked;

		const served = await desk({}, { credentials: { journeyExpoApi: { baseUrl: service.service.url, accessToken: 'token-of-expo' } } }).trigger();
		await world.engine.tick();
		await served?.closeFunction?.();

		expect([before, service.asked]).toEqual([[], [['ticket-1']]]);
		expect(service.service.calls[0]?.headers.authorization).toBe('Bearer token-of-expo');
	});

	it.each<[string, INodeParameters]>([['whose credential is gone', {}], ['of another provider', { provider: 'fcm' }]])('is served as before by a step %s', async (_what, parameters) => {
		const served = await desk(parameters, { credentials: {} }).trigger();

		expect(served?.closeFunction).toBeDefined();
		await served?.closeFunction?.();
		expect(service.service.calls).toEqual([]);
	});
});

describe('Journey Web Push', () => {
	async function subscribed(): Promise<number> {
		const { profiles: [anna] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'anna' }, { kind: 'anonymous_id', value: 'visitor-1' }], attributes: { firstName: 'Anna' } }], { source: 'test' });
		await world.engine.settings.set({ pushServices: [service.host] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		const body = { writeKey: 'a-long-key', anonymousId: 'visitor-1', subscription: service.subscription('one'), agreed: true };
		await world.engine.collector.handle({ method: 'POST', route: 'webpush-subscribe', query: {}, headers: {}, body: Buffer.from(JSON.stringify(body)) });
		return Number(anna);
	}

	it('shows in a manual run what the browser would get, and sends nothing', async () => {
		const anna = await subscribed();

		const run = await webDesk({ title: 'Hello {{ profile.firstName }}', link: 'https://shop.example/', buttons: { values: [{ title: 'Buy', link: 'https://shop.example/buy' }] } }).run([{ _journey: { manual: true, profile: anna } }], 'manual');

		expect(about(outputOf(run, SUBJECT, SENT)[0], 'webPush')).toMatchObject({
			status: 'rendered', devices: 1, guards: { verdict: 'send' },
			notification: { title: 'Hello Anna', options: { actions: [{ action: '0', title: 'Buy' }] }, links: { '': { url: 'https://shop.example/' }, '0': { url: 'https://shop.example/buy' } } },
		});
		expect(service.shown).toEqual([]);
	});

	it('sends to the browsers of the person, with what the options say', async () => {
		await subscribed();

		const run = await webDesk({
			title: 'Hello {{ profile.firstName }}', contactUserId: '={{ $json.userId }}', options: { timeToLiveHours: 1, urgency: 'high', contactAddress: 'ops@shop.example', data: { values: [{ name: 'order', value: '{{ item.order }}' }] }, requireInteraction: true },
		}).run([{ userId: 'anna', order: 7 }]);

		expect(about(outputOf(run, SUBJECT, SENT)[0], 'webPush')).toMatchObject({ status: 'sent' });
		expect(service.shown).toMatchObject([{ path: '/browser/one', payload: { title: 'Hello Anna', data: { order: '7' }, options: { requireInteraction: true } } }]);
		const { headers } = service.service.calls[0] ?? { headers: {} as Record<string, string> };
		expect(headers).toMatchObject({ ttl: '3600', urgency: 'high' });
		expect(Buffer.from(headers.authorization.split('.')[1], 'base64url').toString()).toContain('mailto:ops@shop.example');
	});

	it('has more than two buttons refused before anything is reserved', async () => {
		const run = await webDesk({ contactUserId: 'anna', buttons: { values: [1, 2, 3].map((n) => ({ title: `B${n}`, link: 'https://shop.example/' })) } }).run([{}]);

		expect(errorOf(run)?.message).toMatch(/more than 2 buttons/);
	});
});

describe('a credential of Journey Push', () => {
	const account = { project_id: 'shop-1', client_email: 'push@shop-1.iam.gserviceaccount.com', private_key: pem(RSA.privateKey) };
	const dataOf = (name: string): ICredentialDataDecryptedObject => ({
		...({
			journeyFcmApi: { serviceAccountSecret: JSON.stringify(account), tokenUrl: `${service.service.url}/token` },
			journeyApnsApi: { privateKey: 'none', identifier: 'K', teamId: 'T', bundleId: 'B', environment: 'production' },
			journeyExpoApi: { accessToken: '' }, journeyOneSignalApi: { appId: 'app', apiKey: 'key', findBy: 'externalId' },
		} as Record<string, ICredentialDataDecryptedObject>)[name],
		baseUrl: service.service.url,
	});
	const test = (name: string, data = dataOf(name)) => credentialTest[name.replace(/Api$/, 'Test')].call({} as ICredentialTestFunctions, { id: '1', name, type: name, data });

	it('is one a provider, with every secret hidden', () => {
		const all = [new JourneyFcmApi(), new JourneyApnsApi(), new JourneyExpoApi(), new JourneyOneSignalApi()];

		expect(PUSH_PROVIDERS.map(({ credential }) => credential)).toEqual(all.map(({ name }) => name));
		expect(all.flatMap(({ properties }) => properties.filter(({ typeOptions }) => typeOptions?.password === true).map(({ name }) => name))).toEqual(['serviceAccountSecret', 'privateKey', 'accessToken', 'apiKey']);
	});

	it.each(['journeyExpoApi', 'journeyOneSignalApi'])('is tested by a call that sends nothing: %s', async (name) => {
		service.answer = { status: 200, json: { data: {} } };
		expect(await test(name)).toMatchObject({ status: 'OK' });

		service.answer = { status: 401, json: {} };
		expect(await test(name)).toMatchObject({ status: 'Error', message: expect.stringContaining('refused the login') as string });
	});

	it('of Firebase logs in with the service account', async () => {
		service.answer = { status: 200, json: { access_token: 't', expires_in: 3600, name: 'x' } };
		expect(await test('journeyFcmApi')).toMatchObject({ status: 'OK' });
		expect(service.service.calls.map(({ path }) => path)).toEqual(['/token', '/v1/projects/shop-1/messages:send']);
	});

	it.each<[string, string, ICredentialDataDecryptedObject, RegExp]>([
		['Firebase without JSON', 'journeyFcmApi', { serviceAccountSecret: 'key' }, /is no JSON/],
		['Firebase with the file of an app', 'journeyFcmApi', { serviceAccountSecret: '{"project_id": "x"}' }, /has no client_email/],
		['Apple without a key', 'journeyApnsApi', { identifier: 'K', teamId: 'T', bundleId: 'B' }, /has no Key\./],
		['Apple with a key that is none', 'journeyApnsApi', { privateKey: 'none', identifier: 'K', teamId: 'T', bundleId: 'B' }, /whole \.p8 file/],
		['OneSignal without an app', 'journeyOneSignalApi', { apiKey: 'k' }, /has no App ID/],
	])('says what is missing: %s', async (_what, name, data, message) => {
		expect(await test(name, data)).toMatchObject({ status: 'Error', message: expect.stringMatching(message) as string });
	});
});
