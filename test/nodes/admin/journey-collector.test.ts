import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { sql } from 'kysely';
import { HookContext } from 'n8n-core';
import type { IWebhookDescription, WorkflowExecuteMode } from 'n8n-workflow';

import { CALLBACK_PROVIDERS } from '../../../engine';
import { systemRandom } from '../../../engine/kernel';
import { createSettings } from '../../../engine/settings';
import { signToken } from '../../../engine/tracking';
import { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { consents, sentMessage } from '../../engine/collector/parts';
import { serveWebhooks, webhookData } from './collector-webhook';
import { additionalDataOf, Desk } from './desk';
import type { DeskOptions } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

const KEY = 'wk_a-long-enough-key';
const node = new JourneyCollectorTrigger();
const entries = node.description.webhooks as IWebhookDescription[];

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

const keys = (...rows: Array<{ source: string; writeKey: string }>) => ({ journeyCollectorApi: { writeKeys: { keys: rows } } });

const desk = (parameters: DeskOptions['parameters'] = {}, credentials = keys({ source: 'web', writeKey: KEY })) =>
	new Desk({ type: 'journeyCollectorTrigger', node, parameters, credentials, webhookId: 'a-webhook-id' });

async function serve(one: Desk, mode: WorkflowExecuteMode = 'webhook'): Promise<{ url: string; results: unknown[] }> {
	const served = await serveWebhooks(node, one, mode);
	server = served.server;
	return served;
}

const authorization = `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`;

const post = async (url: string, body: string, headers: Record<string, string> = { authorization }) =>
	await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

function multipart(fields: Record<string, string>): FormData {
	const form = new FormData();
	for (const [name, value] of Object.entries(fields)) form.set(name, value);
	return form;
}

const track = JSON.stringify({ batch: [{ type: 'track', userId: 'u1', event: 'Ordered', messageId: 'm1', properties: { total: 12 } }] });

describe('Journey Collector Trigger through n8n', () => {
	it('takes a batch as Segment sends it, starts no execution, and answers for itself', async () => {
		const one = desk();
		await one.trigger();
		const { url, results } = await serve(one);

		const answer = await post(`${url}/v1/batch`, track);

		expect(answer.status).toBe(200);
		expect(results).toEqual([{ noWebhookResponse: true }]);
		const profile = await test.engine.profiles.get({ kind: 'user_id', value: 'u1' });
		expect(profile?.events).toMatchObject([{ name: 'Ordered', properties: { total: 12 } }]);
	});

	it("keeps the visitor's address as n8n knows it where that is allowed, and never a proxy's own", async () => {
		const one = desk();
		await one.trigger();
		await test.engine.settings.set({ storeIps: true });
		const { url } = await serve(one);
		const call = async (event: string, headers: Record<string, string>) =>
			await post(`${url}/track`, JSON.stringify({ userId: 'u1', event }), { authorization, origin: 'https://shop.example', ...headers });

		await call('Seen', { 'x-seen-by-express': '203.0.113.7' });
		await call('Hidden', { 'x-forwarded-for': '203.0.113.7' });

		const events = (await test.engine.profiles.get({ kind: 'user_id', value: 'u1' }))?.events ?? [];
		expect(Object.fromEntries(events.map(({ name, properties }) => [name, properties]))).toEqual({ Seen: { context: { ip: '203.0.113.7' } }, Hidden: {} });
	});

	it('leaves a body that n8n unpacked as it is', async () => {
		const one = desk();
		await one.trigger();
		const { url } = await serve(one);

		const answer = await post(`${url}/v1/batch`, track, { authorization, 'content-encoding': 'gzip' });

		expect(answer.status).toBe(200);
		expect((await test.engine.profiles.get({ kind: 'user_id', value: 'u1' }))?.events).toHaveLength(1);
	});

	it.each([
		['a form', new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }), 'one-click'], ['a multipart form', multipart({ 'List-Unsubscribe': 'One-Click' }), 'one-click'],
		['a multipart form that says what was pressed', multipart({ do: 'unsubscribe-all' }), 'page'],
	])('takes a one-click POST of a mail provider as %s (RFC 8058), and HEAD and GET change nothing', async (_what, body, source) => {
		const { url } = await serve(desk());
		const { profiles } = await test.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ann@customer.example' }] }], { source: 'test' });
		const profile = Number(profiles[0]);
		await sentMessage(test.engine.store, { id: 'm1', profile });
		const secret = await createSettings({ store: test.engine.store, random: systemRandom }).signingSecret();
		const link = `${url}/unsubscribe?t=${signToken({ k: 'u', m: 'm1' }, secret)}`;
		const looks = [await fetch(link, { method: 'HEAD' }), await fetch(link)];
		const before = await consents(test.engine.store);
		const answer = await fetch(link, { method: 'POST', body });

		expect(looks.map(({ status }) => status)).toEqual([200, 200]);
		expect(before).toEqual([]);
		expect(answer.status).toBe(200);
		expect(await consents(test.engine.store)).toEqual([{ profile, topic: '', state: 'unsubscribed', source }]);
	});

	it('refuses a wrong write key and malformed JSON with a reason', async () => {
		const one = desk();
		await one.trigger();
		const { url } = await serve(one);

		const wrong = await post(`${url}/v1/batch`, track, { authorization: `Basic ${Buffer.from('wk_wrong-key:').toString('base64')}` });
		const malformed = await post(`${url}/track`, '{ "type": ');

		expect(wrong.status).toBe(401);
		expect(malformed.status).toBe(400);
		expect(await malformed.text()).toContain('JSON');
		expect(await test.engine.profiles.count()).toBe(0);
	});

	it('answers 503, so that the sender tries again, when the engine cannot', async () => {
		const one = desk();
		await one.trigger();
		const { url, results } = await serve(one);
		await test.engine.close();

		const answer = await post(`${url}/v1/batch`, track);

		expect(answer.status).toBe(503);
		expect(results).toEqual([{ noWebhookResponse: true }]);
	});

	it('serves every route under the path prefix, opens and clicks by GET, unsubscribe by both', async () => {
		const one = desk({ pathPrefix: '/events/' });
		const paths = entries.map(({ httpMethod, path }) => {
			const resolved = one.n8n.workflow.expression.getSimpleParameterValue(one.node, path, 'webhook', {}) as string;
			return `${httpMethod} ${resolved}`;
		});

		const calls = ['alias', 'batch', 'group', 'identify', 'import', 'page', 'screen', 'track'];
		expect(paths.sort()).toEqual(
			[
				...calls.flatMap((call) => [`POST events/${call}`, `POST events/v1/${call}`]),
				...[...'abgimpst'].map((letter) => `POST events/v1/${letter}`),
				'GET events/click', 'GET events/confirm', 'GET events/health', 'GET events/images', 'HEAD events/images', 'GET events/open', 'GET events/preferences', 'GET events/unsubscribe', 'HEAD events/click', 'HEAD events/open', 'HEAD events/unsubscribe',
				'GET events/onsite.js', 'POST events/onsite', 'POST events/confirm', 'POST events/preferences', 'POST events/unsubscribe',
				'GET events/webpush-key', 'GET events/webpush-sw.js', ...['event', 'resubscribe', 'subscribe', 'unsubscribe'].map((name) => `POST events/webpush-${name}`),
				...CALLBACK_PROVIDERS.map(({ name }) => `POST events/callbacks/${name}`), 'GET events/callbacks/bird', 'GET events/callbacks/http', 'GET events/callbacks/meta',
			].sort(),
		);
		expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
	});

	it('shows what arrives at the test address and stores nothing', async () => {
		const one = desk();
		const { url, results } = await serve(one, 'manual');

		await post(`${url}/track`, track);

		expect(results).toMatchObject([{ workflowData: [[{ json: { route: 'track', stored: false, body: track } }]] }]);
		expect(await test.engine.profiles.count()).toBe(0);
	});
});

describe('a test call to Journey Collector Trigger that starts executions', () => {
	it('is shown in the shape in which events will come out, and stored nowhere', async () => {
		const { url, results } = await serve(desk({ emitEvents: true }), 'manual');

		await post(`${url}/v1/batch`, JSON.stringify({ batch: [{ type: 'page', anonymousId: 'a1', name: 'Home' }, { type: 'track', userId: 'u1' }, { type: 'identify', userId: 'u1', traits: { plan: 'pro' } }] }));
		await post(`${url}/v1/batch`, '{ "batch": ');
		await fetch(`${url}/health`);

		const [read, unread, other] = results as Array<{ workflowData: Array<Array<{ json: Record<string, unknown> }>> }>;
		expect(read?.workflowData[0]?.map(({ json }) => [json.type, json.event, json.profileId, json.traits])).toEqual([
			['page', 'Page Viewed', null, undefined], ['identify', 'identify', null, { plan: 'pro' }],
		]);
		expect([unread?.workflowData[0]?.[0]?.json, other?.workflowData[0]?.[0]?.json]).toMatchObject([{ route: 'batch', body: '{ "batch": ', stored: false }, { route: 'health' }]);
		expect(await test.engine.profiles.count()).toBe(0);
	});
});

describe('publishing Journey Collector Trigger', () => {
	const freePort = async () => {
		const probe = createServer();
		await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
		const { port } = probe.address() as AddressInfo;
		return { port, release: async () => await new Promise<void>((resolve) => probe.close(() => resolve())) };
	};
	const collectors = async () => (await createSettings({ store: test.engine.store, random: systemRandom }).collectors()).collectors;

	it('serves on-site messages through n8n as through its own listener: the script, and to whom a user is proved by the credential\'s secret', async () => {
		const secret = 'a secret of the site';
		const { port, release } = await freePort();
		await release();
		const one = desk({ port, host: '127.0.0.1' }, { journeyCollectorApi: { ...keys({ source: 'web', writeKey: KEY }).journeyCollectorApi, userSecret: ` ${secret} ` } } as never);
		await one.trigger();
		const { url } = await serve(one);
		await test.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'ann' }, { kind: 'email', value: 'ann@example.com' }] }], { source: 'test' });
		await test.engine.messages.sendOnSite({
			step: { workflow: 'w', step: 's', name: 'Show', type: 'onSite' }, purpose: 'marketing', topic: '', provider: { kind: 'onSite' }, content: { headline: 'Hi', text: '', buttons: [] },
			showing: { kind: 'modal', slot: '', rules: { trigger: { on: 'load' }, urls: [], notUrls: [] }, priority: 1, mostShows: 0, gapHours: 0, expiresAfterHours: 1, recall: true, anyBrowser: false, style: { accent: '', theme: 'auto', position: 'end' } },
			items: [{ index: 0, item: {}, contact: { email: 'ann@example.com', key: 'k' } }],
		});
		const ask = async (base: string, userToken: string) => {
			const answer = await fetch(`${base}/onsite`, { method: 'POST', headers: { 'content-type': 'text/plain', origin: 'https://shop.example' }, body: JSON.stringify({ writeKey: KEY, do: 'decide', userId: 'ann', userToken, page: { url: 'https://shop.example/' } }) });
			return { origin: answer.headers.get('access-control-allow-origin'), shown: ((await answer.json()) as { onSite: { overlay: object | null } }).onSite.overlay !== null };
		};
		const token = createHmac('sha256', secret).update('ann').digest('hex');

		for (const base of [url, `http://127.0.0.1:${port}`]) {
			expect(await ask(base, token)).toEqual({ origin: '*', shown: true });
			expect(await ask(base, token.replace(/^./, (digit) => (digit === '0' ? '1' : '0')))).toEqual({ origin: '*', shown: false });
			const script = await fetch(`${base}/onsite.js`);
			expect([script.headers.get('content-type'), (await script.text()).includes('data-journeys-slot')]).toEqual(['text/javascript; charset=utf-8', true]);
		}
	});

	it('brings up its own listener, which answers without the path prefix', async () => {
		const { port, release } = await freePort();
		await release();

		await desk({ port, host: '127.0.0.1', publicUrl: `http://127.0.0.1:${port}` }).trigger();
		const answer = await post(`http://127.0.0.1:${port}/v1/batch`, track);

		expect(answer.status).toBe(200);
		expect((await test.engine.profiles.get({ kind: 'user_id', value: 'u1' }))?.events).toHaveLength(1);
	});

	it('says that the port is taken', async () => {
		const { port, release } = await freePort();

		await expect(desk({ port, host: '127.0.0.1' }).trigger()).rejects.toThrow(new RegExp(`${port}`));

		await release();
	});

	it('tells the engine the address at which n8n serves it', async () => {
		await desk().trigger();

		expect(JSON.stringify(await collectors())).toContain('http://localhost:5678/webhook/journeys');
	});

	it('tells the engine the public address instead, where one is given', async () => {
		await desk({ publicUrl: 'https://events.shop.example/' }).trigger();

		expect(JSON.stringify(await collectors())).toContain('https://events.shop.example');
		await expect(desk({ publicUrl: 'events.shop.example' }).trigger()).rejects.toThrow('The public address is not a web address');
	});

	it('touches nothing in a test run of the editor', async () => {
		await desk().trigger('manual');

		expect(await collectors()).toEqual([]);
	});

	it('forgets the route when it is unpublished, and keeps it when a test webhook ends', async () => {
		const one = desk();
		await one.trigger();
		const ending = async (active: boolean) => {
			const additionalData = additionalDataOf(one.n8n, 'trigger');
			Object.assign(one.n8n.workflow, { active });
			const context = new HookContext(one.n8n.workflow, one.node, additionalData, 'internal', 'update', webhookData(entries[0], additionalData, !active));
			await node.webhookMethods.default.delete.call(context);
		};

		await ending(false);
		const afterTest = await collectors();
		await ending(true);

		expect(afterTest).not.toEqual([]);
		expect(await collectors()).toEqual([]);
	});

	it('refuses keys that are missing, short or given twice', async () => {
		const web = { source: 'web', writeKey: KEY };

		await expect(desk({}, keys()).trigger()).rejects.toThrow('There is no write key');
		await expect(desk({}, keys({ source: 'web', writeKey: 'short' })).trigger()).rejects.toThrow('shorter than 8 characters');
		const proving = (userSecret: string) => desk({}, { journeyCollectorApi: { ...keys({ source: 'web', writeKey: KEY }).journeyCollectorApi, userSecret } } as never).trigger();
		await expect(proving('guess me')).rejects.toThrow('The User Token Secret is shorter than 16 characters');
		await expect(proving(KEY)).rejects.toThrow('The User Token Secret is a write key');
		await expect(desk({}, keys(web, { ...web, source: 'app' })).trigger()).rejects.toThrow('the write key of another source');
		expect(await collectors()).toEqual([]);
	});
});

describe('Journey Collector Trigger that also starts executions', () => {
	const emitting = async (emitOptions: Record<string, unknown> = {}) => {
		const one = desk({ emitEvents: true, emitOptions: { batchSize: 2, maxWait: 0, ...emitOptions } as never });
		const emitted = one.emitted();
		const response = await one.trigger();
		return { one, emitted, close: async () => await response?.closeFunction?.() };
	};

	it('emits stored events in batches, received through its own listener and through n8n alike, once each', async () => {
		const { one, emitted, close } = await emitting();
		const { url } = await serve(one);

		await post(`${url}/v1/batch`, track);
		const [first] = await emitted.next();
		await post(`${url}/v1/batch`, track);
		await post(`${url}/v1/batch`, JSON.stringify({ batch: ['A', 'B'].map((event) => ({ type: 'track', userId: 'u2', event })) }));
		const second = await emitted.next();
		await close();

		expect(first?.json).toMatchObject({ event: 'Ordered', profileId: 1, userId: 'u1', source: 'web', messageId: 'm1', properties: { total: 12 } });
		expect(second.map(({ json }) => json.event)).toEqual(['A', 'B']);
	});

	it('emits only the events that were asked for', async () => {
		const { one, emitted, close } = await emitting({ names: { rows: [{ event: { __rl: true, mode: 'list', value: 'B' } }, { event: { __rl: true, mode: 'name', value: 'identify' } }] } });
		const { url } = await serve(one);

		await post(`${url}/v1/batch`, JSON.stringify({ batch: [{ type: 'track', userId: 'u1', event: 'A' }, { type: 'track', userId: 'u1', event: 'B' }, { type: 'identify', userId: 'u1' }] }));
		const items = await emitted.next();
		await close();

		expect(items.map(({ json }) => json.event)).toEqual(['B', 'identify']);
	});

	it('keeps five executions at most under way; what comes meanwhile comes out in fuller batches when one has ended, however it ended', async () => {
		const { one, emitted, close } = await emitting({ batchSize: 2 });
		const { url } = await serve(one);
		const send = async (from: number, to: number) => await post(`${url}/v1/batch`, JSON.stringify({ batch: Array.from({ length: to - from }, (_none, n) => ({ type: 'track', userId: 'u1', event: `e${from + n}` })) }));
		const names = async () => (await emitted.next()).map(({ json }) => json.event);

		await send(0, 10);
		const first = [await names(), await names(), await names(), await names(), await names()];
		await send(10, 11);
		await send(11, 14);
		const sixth = names();
		// Whatever could come out has come out by the time another request has been answered.
		await send(14, 14);
		const under = one.running.length;
		one.running.shift()?.reject(new Error('The execution was cancelled'));
		const after = [await sixth];
		one.running.shift()?.resolve({ finished: true } as never);
		after.push(await names());
		await close();

		expect([first.flat().length, under, after]).toEqual([10, 5, [['e10', 'e11'], ['e12', 'e13']]]);
	});

	it('lets out what had not come out when it is unpublished or n8n stops', async () => {
		const { one, emitted, close } = await emitting({ batchSize: 2, maxWait: 300 });
		const { url } = await serve(one);
		await post(`${url}/v1/batch`, JSON.stringify({ batch: ['A', 'B', 'C', 'D', 'E'].map((event) => ({ type: 'track', userId: 'u1', event })) }));
		await emitted.next();
		await emitted.next();

		await close();

		expect((await emitted.next()).map(({ json }) => json.event)).toEqual(['E']);
	});

	it('emits what another process took under a key of its own, and takes it off the list when that execution has ended', async () => {
		const { close: closeFirst } = await emitting();
		await closeFirst();
		await test.engine.collector.handle({ method: 'POST', route: 'batch', query: {}, headers: { authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}` }, body: new Uint8Array(Buffer.from(JSON.stringify({ batch: ['A', 'B'].map((event) => ({ type: 'track', userId: 'u1', event })) }))) });
		const waiting = async () => Number((await test.engine.store.read((reader) => reader.first(sql<{ n: number }>`select count(*) as n from collected_event`)))?.n);
		const before = await waiting();

		const { one, emitted, close } = await emitting();
		const items = await emitted.next();
		const meanwhile = await waiting();
		one.running.shift()?.resolve({ finished: true } as never);
		while ((await waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
		await close();

		expect([before, meanwhile, items.map(({ json }) => [json.event, json.profileId]), one.keys]).toEqual([2, 2, [['A', 1], ['B', 1]], [expect.stringMatching(/\w{8,}/)]]);
	});

	it('says which option is wrong before anything listens', async () => {
		await expect(desk({ emitEvents: true, emitOptions: { batchSize: 0 } as never }).trigger()).rejects.toThrow("'Batch Size' is not a number from 1 to 1000");
	});
});
