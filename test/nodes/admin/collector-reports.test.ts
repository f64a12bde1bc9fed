import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Server } from 'node:http';

import jwt from 'jsonwebtoken';
import type { ICredentialDataDecryptedObject, ICredentialType, IWebhookDescription } from 'n8n-workflow';

import { CALLBACK_PROVIDERS } from '../../../engine';
import { callbackReader } from '../../../engine/channels/callbacks';
import { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { postmark } from '../../../nodes/JourneyEmail/providers/postmark';
import { chosen } from '../../../nodes/shared/fields';
import { httpService } from '../../engine/channels/http-service';
import { serveWebhooks } from './collector-webhook';
import { Desk } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

const SECRET = 'a-long-secret-of-our-choice';
const node = new JourneyCollectorTrigger();
const { credentials = [], webhooks = [], properties } = node.description;

async function credentialNamed(name: string): Promise<ICredentialType> {
	const type = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
	const module = (await import(join(__dirname, '..', '..', '..', 'credentials', `${type}.credentials`))) as Record<string, new () => ICredentialType>;
	return new (module[type] as new () => ICredentialType)();
}

describe('the delivery services whose reports Journey Collector Trigger takes', () => {
	it.each(CALLBACK_PROVIDERS.map((provider) => [provider.title, provider] as const))('%s has a reader, a credential with the fields it is checked with, and an address that the panel shows', async (_title, { name, credential, secrets }) => {
		const fields = (await credentialNamed(credential)).properties;
		const entry = (webhooks as IWebhookDescription[]).find((one) => (one.name as string) === `POST callbacks/${name}`);

		expect(callbackReader(name)?.provider).toBe(name);
		expect(credentials.filter((one) => one.name === credential)).toMatchObject([{ required: true, displayOptions: chosen('reportsFrom', name), testedBy: expect.stringMatching(/./) as string }]);
		for (const field of Object.values(secrets)) expect(fields.map((one) => one.name)).toContain(typeof field === 'string' ? field : field.list);
		expect(entry?.ndvHideUrl).toBe(`={{ !($parameter["reportsFrom"] || []).includes("${name}") }}`);
	});

	it('are listed by name', () => {
		const titles = CALLBACK_PROVIDERS.map(({ title }) => title);

		expect(titles).toEqual([...titles].sort());
		expect(properties.find(({ name }) => name === 'reportsFrom')?.default).toEqual([]);
	});
});

describe('the Journey Postmark credential', () => {
	const test = async (data: ICredentialDataDecryptedObject) => await postmark.test.call({} as never, { id: '1', name: 'Test', type: '', data });

	it('is tested by a call that needs the token, and a wrong one is told without repeating it', async () => {
		const service = await httpService(({ headers }) => (headers['x-postmark-server-token'] === 'right' ? { status: 200, json: { ID: 1, Name: 'Shop' } } : { status: 401, json: { ErrorCode: 10, Message: 'Request does not contain a valid Server token.' } }));

		const [right, wrong, none] = [await test({ serverToken: 'right', baseUrl: service.url }), await test({ serverToken: 'hunter22', baseUrl: service.url }), await test({ serverToken: ' ' })];
		await service.close();

		expect(service.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /server', 'GET /server']);
		expect(right).toEqual({ status: 'OK', message: 'Connected to Postmark' });
		expect(wrong).toMatchObject({ status: 'Error', message: expect.stringContaining('Check the key') as string });
		expect(wrong.message).not.toContain('hunter22');
		expect(none).toMatchObject({ status: 'Error', message: expect.stringContaining('API Tokens') as string });
	});
});

describe('delivery reports through n8n', () => {
	let test: TestEngine;
	let server: Server | undefined;
	beforeEach(async () => {
		test = await openTestEngine();
	});
	afterEach(async () => {
		await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
		server = undefined;
		await test.close();
	});

	const keys = { journeyCollectorApi: { writeKeys: { keys: [{ source: 'web', writeKey: 'wk_a-long-enough-key' }] } } };
	const desk = (parameters: Record<string, unknown> = {}, callbackSecret = SECRET) =>
		new Desk({ type: 'journeyCollectorTrigger', node, parameters: { reportsFrom: ['postmark'], ...parameters } as never, credentials: { ...keys, journeyPostmarkApi: { serverToken: 'a-token', callbackSecret } }, webhookId: 'a-webhook-id' });
	const serve = async (one: Desk) => {
		const served = await serveWebhooks(node, one);
		server = served.server;
		return served;
	};
	const bounce = JSON.stringify({ RecordType: 'Bounce', ID: 7, Type: 'HardBounce', MessageID: 'pm-1', Email: 'ann@customer.example', BouncedAt: '2026-03-02T09:00:00Z', Metadata: {} });
	const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` });
	const tell = async (url: string, headers: Record<string, string>, query = '') => await fetch(`${url}/callbacks/postmark${query}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: bounce });
	const ann = async () => await test.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ann@customer.example' }] }], { source: 'test' });

	it('are taken where the credential knows the secret, by a process that never ran the trigger, and start no execution', async () => {
		await ann();
		const { url, results } = await serve(desk());

		const [wrong, none, right] = [await tell(url, basic('wrong')), await tell(url, {}), await tell(url, basic(SECRET))];

		expect([wrong.status, none.status, right.status]).toEqual([401, 401, 200]);
		expect(results).toEqual([{ noWebhookResponse: true }, { noWebhookResponse: true }, { noWebhookResponse: true }]);
		expect(await test.engine.suppression.list()).toMatchObject([{ address: 'ann@customer.example', reason: 'hard-bounce', source: 'postmark' }]);
	});

	it('by the key in the query too, as n8n hands it over', async () => {
		await ann();
		const { url } = await serve(desk());

		expect([(await tell(url, {}, `?key=${SECRET}`)).status, (await tell(url, {}, '?key=wrong')).status]).toEqual([200, 401]);
		expect(await test.engine.suppression.list()).toHaveLength(1);
	});

	it('by GET, from services that tell so: what Bird signed, and what bears the key of a gateway', async () => {
		await test.engine.profiles.upsert([{ identities: [{ kind: 'phone', value: '+4915112345678' }] }, { identities: [{ kind: 'phone', value: '+4915112345679' }] }], { source: 'test' });
		const one = new Desk({
			type: 'journeyCollectorTrigger', node, parameters: { reportsFrom: ['bird', 'http'] } as never, webhookId: 'a-webhook-id',
			credentials: { ...keys, journeyBirdApi: { accessKey: 'k', signingSecret: 'signing-key-of-bird' }, journeyHttpSmsApi: { url: 'https://gateway.example', callbackSecret: SECRET } },
		});
		const { url } = await serve(one);
		const search = `?${new URLSearchParams({ id: 'bird-1', recipient: '4915112345678', status: 'delivery_failed', statusErrorCode: '103' })}`;
		const at = Math.floor(test.clock.nowMs() / 1000);
		const address = `http://localhost:5678/webhook/journeys/callbacks/bird${search}`;
		const token = jwt.sign({ iss: 'MessageBird', nbf: at, iat: at, exp: at + 60, jti: 'j', url_hash: createHash('sha256').update(address).digest('hex') }, 'signing-key-of-bird', { algorithm: 'HS256' });

		const bird = await fetch(`${url}/callbacks/bird${search}`, { headers: { 'messagebird-signature-jwt': token } });
		const gateway = await fetch(`${url}/callbacks/http?${new URLSearchParams({ key: SECRET, id: 'a1', from: '4915112345679', text: 'STOP' })}`);

		expect([bird.status, gateway.status]).toEqual([200, 200]);
		for (const profileId of [1, 2]) expect(await test.engine.consent.get({ profileId })).toMatchObject({ consents: [{ channel: 'sms', topic: '', state: 'unsubscribed', source: profileId === 1 ? 'bird' : 'http' }] });
	});

	it('from Meta, which first asks by GET whether the address is ours', async () => {
		await test.engine.profiles.upsert([{ identities: [{ kind: 'phone', value: '+16505551234' }] }], { source: 'test' });
		const one = new Desk({ type: 'journeyCollectorTrigger', node, parameters: { reportsFrom: ['meta'] } as never, webhookId: 'a-webhook-id', credentials: { ...keys, journeyWhatsAppApi: { accessToken: 't', phoneNumberId: '1', version: 'v23.0', appSecret: SECRET, verifyToken: 'of our choice' } } });
		const { url } = await serve(one);
		const ask = async (token: string) => await fetch(`${url}/callbacks/meta?${new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': token })}`);
		// As Meta writes it: some characters escaped, which a body that was parsed and written again would lose.
		const body = '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"messages":[{"from":"16505551234","id":"wamid.1","type":"text","text":{"body":"STOP\\u2029"}}]}}]}]}';
		const post = async (secret: string) => await fetch(`${url}/callbacks/meta`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }, body });

		const [right, wrong] = [await ask('of our choice'), await ask('another')];

		expect([right.status, await right.text(), wrong.status]).toEqual([200, '1158201444', 401]);
		expect([(await post('another')).status, (await post(SECRET)).status]).toEqual([401, 200]);
		expect(await test.engine.consent.get({ profileId: 1 })).toMatchObject({ consents: [{ channel: 'whatsapp', topic: '', state: 'unsubscribed', source: 'meta' }] });
	});

	it('are taken from nobody who is not chosen, whatever the credential says', async () => {
		const { url } = await serve(desk({ reportsFrom: [] }));

		expect((await tell(url, basic(SECRET))).status).toBe(404);
	});

	it('are not stored from the test address of the editor', async () => {
		await ann();
		const served = await serveWebhooks(node, desk(), 'manual');
		server = served.server;

		await tell(served.url, basic(SECRET));

		expect(served.results).toMatchObject([{ workflowData: [[{ json: { route: 'callbacks/postmark', stored: false } }]] }]);
		expect(await test.engine.suppression.list()).toEqual([]);
	});

	it('reach the own listener with the secrets of the same credential', async () => {
		await ann();
		const one = desk({ port: 0 });
		await one.trigger();
		const answer = await test.engine.collector.handle({ method: 'POST', route: 'callbacks/postmark', query: {}, headers: basic(SECRET), body: Buffer.from(bounce) });

		expect(answer.status).toBe(200);
	});

	it('cannot be published without anything to check them with', async () => {
		await expect(desk({}, ' ').trigger()).rejects.toMatchObject({ message: 'The credential of Postmark has nothing to check delivery reports with', description: expect.stringContaining('Delivery Reports From') as string });
	});
});
