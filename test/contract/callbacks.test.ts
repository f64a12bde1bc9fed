import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { sign as token } from 'jsonwebtoken';

import { lineCallbacks } from '../../engine/channels/chat/line-callbacks';
import { telegramCallbacks } from '../../engine/channels/chat/telegram-callbacks';
import { lobCallbacks } from '../../engine/channels/directmail/lob-callbacks';
import { resendCallbacks } from '../../engine/channels/email/resend-callbacks';
import { sparkPostCallbacks } from '../../engine/channels/email/sparkpost-callbacks';
import { infobipCallbacks } from '../../engine/channels/sms/infobip-callbacks';
import { sinchCallbacks } from '../../engine/channels/sms/sinch-callbacks';
import { telnyxCallbacks } from '../../engine/channels/sms/telnyx-callbacks';
import { vonageCallbacks } from '../../engine/channels/sms/vonage-callbacks';
import type { CallbackResult } from '../../engine/channels/types';
import { metaCallbacks } from '../../engine/channels/whatsapp/meta-callbacks';
import { callback } from '../engine/channels/sms/bench';
import { startMock } from './mock';

type Node = Record<string, unknown>;

function described(file: string): Node {
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- Prism's own, which is installed beside this folder
	const { load } = require(join(__dirname, 'prism', 'node_modules', 'js-yaml')) as { load(text: string): Node };
	return load(readFileSync(join(process.env.JOURNEYS_OPENAPI ?? '', file), 'utf8'));
}

function at(description: Node, ...path: string[]): Node {
	return path.reduce<Node>((node, key) => node[key] as Node, description);
}

/** What a schema describes, made of its own examples; every property that it names. */
function sampleOf(description: Node, given: unknown): unknown {
	const schema = given as Node & { $ref?: string; allOf?: Node[]; oneOf?: Node[]; enum?: unknown[]; properties?: Node; items?: Node };
	if (schema.$ref !== undefined) return sampleOf(description, at(description, ...schema.$ref.slice(2).split('/').map((key) => key.replaceAll('~1', '/'))));
	for (const key of ['example', 'const'] as const) if (schema[key] !== undefined) return schema[key] instanceof Date ? schema[key].toISOString() : schema[key];
	const parts = (schema.allOf ?? []).map((part) => sampleOf(description, part) as Node);
	if (parts.length > 0 || schema.properties !== undefined) {
		return Object.assign({}, ...parts, Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, sampleOf(description, property)]))) as Node;
	}
	if (schema.oneOf?.[0] !== undefined) return sampleOf(description, schema.oneOf[0]);
	if (schema.enum !== undefined) return schema.enum[0];
	if (schema.items !== undefined) return [sampleOf(description, schema.items)];
	return ({ integer: 1, number: 1, boolean: false, object: {} } as Node)[String(schema.type)] ?? 'text';
}

const kinds = (result: CallbackResult): string[] => (result.kind === 'reports' ? result.reports.map(({ kind }) => kind) : [result.kind]);

/** Signed with the secret of the app, and with another. */
async function readMeta(given: object): Promise<string[][]> {
	const body = JSON.stringify(given);
	const read = async (secret: string) => kinds(await metaCallbacks.read(callback({ body, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` } }), { appSecret: 'secret', verifyToken: 'token' }, 0));
	return [await read('secret'), await read('another')];
}

describe('callbacks as the services describe them themselves', () => {
	it.each([
		['Delivered', ['delivered']], ['DeliveryDelayed', []], ['Bounced', ['bounced']], ['Complained', ['complained']], ['Opened', ['opened']], ['Clicked', ['clicked']], ['Failed', ['failed']], ['Suppressed', ['failed']],
	])('Resend: Email%sEvent', async (name, expected) => {
		const description = described('resend.api.yaml');
		const event = sampleOf(description, at(description, 'components', 'schemas', `Email${name}Event`)) as Node;
		const [nowMs, secret] = [Date.parse(String(event.created_at)) + 60_000, Buffer.alloc(32, 7)];
		const read = async (body: string, key = secret) => {
			const timestamp = String(Math.floor(nowMs / 1000));
			const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.${body}`).digest('base64');
			return kinds(await resendCallbacks.read(callback({ body, headers: { 'svix-id': 'msg_1', 'svix-timestamp': timestamp, 'svix-signature': `v1,${signature}` } }), { signingSecret: `whsec_${secret.toString('base64')}` }, nowMs));
		};

		expect(await read(JSON.stringify(event))).toEqual(expected);
		expect(await read(JSON.stringify(event), Buffer.alloc(32, 8))).toEqual(['refused']);
	});

	it.each([
		['receive-inbound-sms-messages', ['replied']], ['receive-outbound-sms-message-reports-v3', ['delivered']],
	])('Infobip: %s', async (name, expected) => {
		const content = at(described('infobip.sms.yaml'), 'webhooks', name, 'post', 'requestBody', 'content', 'application/json');
		const bodies = Object.values(content.examples as Record<string, Node>).map(({ value }) => value as Node);
		const read = async (body: Node, key = 'ours') => kinds(await infobipCallbacks.read(callback({ url: `https://shop.example/j/callbacks/infobip?message=msg-1&key=${key}`, body }), { callbackKey: 'ours' }, 0));

		expect(bodies.length).toBeGreaterThan(0);
		for (const body of bodies) {
			expect(new Set(await read(body))).toEqual(new Set(expected));
			expect(await read(body, 'theirs')).toEqual(['refused']);
		}
	});

	it('Resend: a mail that came in is fetched as the description has it, and read', async () => {
		const mock = await startMock('resend.api.yaml');
		const description = described('resend.api.yaml');
		const example = (name: string) => at(description, 'components', 'schemas', name, 'properties');
		const event = sampleOf(description, at(description, 'components', 'schemas', 'EmailReceivedEvent')) as { data: Node };
		const read = async (emailId: unknown, key: Buffer, apiKey: string) => {
			const body = JSON.stringify({ ...event, data: { ...event.data, email_id: emailId } });
			const signature = createHmac('sha256', key).update(`msg_1.1000.${body}`).digest('base64');
			return await resendCallbacks.read(callback({ body, headers: { 'svix-id': 'msg_1', 'svix-timestamp': '1000', 'svix-signature': `v1,${signature}` } }), { signingSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`, apiKey, baseUrl: mock.url }, 1_000_000);
		};
		const { id, from, text } = example('GetReceivedEmailResponse') as Record<string, { example: string }>;
		const [taken, noId, badKey, noLogin] = [await read(id?.example, Buffer.alloc(32, 7), 're_key'), await read('no-uuid', Buffer.alloc(32, 7), 're_key'), await read(id?.example, Buffer.alloc(32, 8), 're_key'), await read(id?.example, Buffer.alloc(32, 7), '')];
		await mock.close();

		expect(taken).toMatchObject({ kind: 'reports', reports: [{ kind: 'replied', address: from?.example, text: text?.example }] });
		expect([kinds(noId), kinds(badKey), kinds(noLogin)]).toEqual([[], ['refused'], ['refused']]);
	}, 90_000);

	it('Sinch: an inbound message', async () => {
		const body = at(described('sinch.sms.yaml'), 'components', 'examples', 'Inbounds', 'value');
		const read = async (key: string) => kinds(await sinchCallbacks.read(callback({ url: `https://shop.example/j/callbacks/sinch?key=${key}`, body }), { callbackKey: 'ours' }, 0));

		expect([await read('ours'), await read('theirs')]).toEqual([['replied'], ['refused']]);
	});

	it.each([['Delivered', ['delivered']], ['Dispatched', []], ['Failed', ['bounced']], ['Aborted', ['failed']]])('Sinch: a delivery report of one recipient, %s', async (status, expected) => {
		const description = described('sinch.sms.yaml');
		const body = { ...(sampleOf(description, at(description, 'components', 'schemas', 'retrieveRecipientDeliveryResponseObj')) as Node), status };
		const read = async (key: string) => kinds(await sinchCallbacks.read(callback({ url: `https://shop.example/j/callbacks/sinch?message=msg-1&key=${key}`, body }), { callbackKey: 'ours' }, 0));

		expect([await read('ours'), await read('theirs')]).toEqual([expected, ['refused']]);
	});

	it.each([['summary', undefined, []], ['full', ['15551231234', '15551256344'], ['delivered', 'delivered']]] as Array<[string, string[] | undefined, string[]]>)('Sinch: a delivery report of a whole batch, %s', async (_name, recipients, expected) => {
		const example = at(described('sinch.sms.yaml'), 'components', 'schemas', 'retrieveDeliveryResponseObj', 'example') as Node & { statuses: Node[] };
		const body = { ...example, statuses: example.statuses.map((status) => ({ ...status, ...(recipients === undefined ? {} : { recipients }) })) };
		const read = async (key: string) => kinds(await sinchCallbacks.read(callback({ url: `https://shop.example/j/callbacks/sinch?key=${key}`, body }), { callbackKey: 'ours' }, 0));

		expect([await read('ours'), await read('theirs')]).toEqual([expected, ['refused']]);
	});

	it.each([
		['Text Message', ['replied']], ['Text Message with Context (Product Inquiry)', ['replied']], ['Text Message from Click to WhatsApp Ad', ['replied']], ['Reaction Message', ['replied']], ['Image Message', ['replied']], ['Location Message', ['replied']],
		['Contact Sharing Message', ['replied']], ['Button Message', ['unsubscribed']], ['Interactive List Reply Message', ['replied']], ['Interactive Button Reply Message', ['replied']], ['Order Message', ['replied']],
		['Unsupported Message', ['replied']], ['System Message', []], ['Group Create Message', []], ['Group Settings Update', []], ['Group Remove Participants', []],
	])('Meta: %s', async (name, expected) => {
		const examples = at(described('meta.whatsapp-cloud.yaml'), 'paths', '/whatsapp/webhooks', 'post', 'requestBody', 'content', 'application/json', 'examples');

		expect(await readMeta(at(examples, name, 'value'))).toEqual([expected, ['refused']]);
	});

	it.each([['sent', []], ['delivered', ['delivered']], ['read', ['opened']], ['failed', ['failed']]])('Meta: a status, %s', async (status, expected) => {
		const description = described('meta.whatsapp-cloud.yaml');
		const value = sampleOf(description, at(description, 'components', 'schemas', 'StatusMessageValue')) as { statuses: Node[] };
		const body = { object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes: [{ field: 'messages', value: { ...value, statuses: value.statuses.map((one) => ({ ...one, status })) } }] }] };

		expect(await readMeta(body)).toEqual([expected, ['refused']]);
	});

	it.each([
		['messageStatusSMS', { status: 'delivered' }, ['delivered']], ['messageStatusSMS', { status: 'submitted' }, []], ['messageStatusSMS', { status: 'undeliverable' }, ['bounced']], ['messageStatusSMS', { status: 'rejected' }, ['failed']],
		['messageStatusMMS', { status: 'delivered' }, ['delivered']], ['inboundMessageSMS', {}, ['replied']], ['inboundMessageMMS', { message_type: 'image', image: { url: 'https://example.com/image.jpg' } }, ['replied']],
	] as Array<[string, Node, string[]]>)('Vonage: %s %j', async (name, given, expected) => {
		const description = described('vonage.messages.yaml');
		const body = JSON.stringify({ ...(sampleOf(description, at(description, 'components', 'schemas', name)) as Node), ...given });
		const claims = { iss: 'Vonage', iat: 1000, api_key: 'abcd1234', payload_hash: createHash('sha256').update(body).digest('hex') };
		const read = async (secret: string) => kinds(await vonageCallbacks.read(callback({ body, headers: { authorization: `Bearer ${token(claims, secret)}` } }), { apiKey: 'abcd1234', signatureSecret: 'secret' }, 1_000_000));

		expect([await read('secret'), await read('another')]).toEqual([expected, ['refused']]);
	});

	it.each([
		['postcard.created', []], ['postcard.delivered', ['delivered']], ['postcard.returned_to_sender', ['bounced']], ['postcard.failed', ['failed']], ['postcard.rejected', ['failed']], ['letter.certified.delivered', ['delivered']], ['letter.deleted', ['failed']],
	])('Lob: %s', async (type, expected) => {
		const event = at(described('lob.api.yaml'), 'components', 'responses', 'events', 'content', 'application/json', 'example') as Node & { event_type: Node };
		const body = JSON.stringify({ ...event, event_type: { ...event.event_type, id: type } });
		const read = async (secret: string) => kinds(await lobCallbacks.read(callback({
			body, headers: { 'lob-signature': createHmac('sha256', secret).update(`1000000000.${body}`).digest('hex'), 'lob-signature-timestamp': '1000000000' },
		}), { webhookSecret: 'secret' }, 1_000_000_000_000));

		expect([await read('secret'), await read('another')]).toEqual([expected, ['refused']]);
	});

	it.each([['click', ['clicked']], ['delivery', ['delivered']], ['spam_complaint', ['complained']], ['injection', []]])('SparkPost: %s, with the fields of the one event that it shows', async (type, expected) => {
		const { results } = at(described('sparkpost.api.yaml'), 'paths', '/v1/events/message', 'get', 'responses', '200', 'content', 'application/json', 'examples', 'Search for Message Events', 'value') as { results: Node[] };
		const body = results.map((event) => ({ msys: { message_event: { ...event, type } } }));
		const read = async (key: string) => kinds(await sparkPostCallbacks.read(callback({ url: `https://shop.example/j/callbacks/sparkpost?key=${key}`, body }), { callbackKey: 'ours' }, 0));

		expect(body).toHaveLength(1);
		expect([await read('ours'), await read('theirs')]).toEqual([expected, ['refused']]);
	});

	it('Telegram: an update with what a person wrote', async () => {
		const { message } = at(described('telegram.bot.yaml'), 'components', 'schemas', 'Update', 'properties') as { message: { $ref: string } };
		const fields = at(described('telegram.bot.yaml'), ...message.$ref.slice(2).split('/'), 'properties');
		const body = { update_id: 10_000, message: { date: 1_441_645_532, chat: { id: 1_111_111, type: 'private', first_name: 'Test' }, message_id: 1365, from: { id: 1_111_111, is_bot: false, first_name: 'Test' }, text: 'Hello' } };
		const read = async (secret: string) => kinds(await telegramCallbacks.read(callback({ body, headers: { 'x-telegram-bot-api-secret-token': secret } }), { webhookSecret: 'ours' }, 0));

		expect(Object.keys(fields)).toEqual(expect.arrayContaining(Object.keys(body.message)));
		expect([await read('ours'), await read('theirs')]).toEqual([['started', 'replied'], ['refused']]);
	});

	it.each([
		['InboundMessageEvent', 'message.received', 'webhook_delivered', ['replied']], ['OutboundMessageEvent', 'message.finalized', 'delivered', ['delivered']], ['OutboundMessageEvent', 'message.finalized', 'delivery_unconfirmed', []],
	])('Telnyx: %s, %s, %s', async (name, eventType, status, expected) => {
		const description = described('telnyx.messaging.yaml');
		const { data } = sampleOf(description, at(description, 'components', 'schemas', name)) as { data: { payload: { to: Node[] } } };
		const body = JSON.stringify({ data: { ...data, event_type: eventType, payload: { ...data.payload, to: data.payload.to.map((to) => ({ ...to, status })) } } });
		const { publicKey, privateKey } = generateKeyPairSync('ed25519');
		const read = async (signed: string) => kinds(await telnyxCallbacks.read(callback({
			body, headers: { 'telnyx-timestamp': '1000', 'telnyx-signature-ed25519': sign(null, Buffer.from(`1000|${signed}`), privateKey).toString('base64') },
		}), { publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64') }, 1_000_000));

		expect([await read(body), await read('another')]).toEqual([expected, ['refused']]);
	});

	it.each([
		['FollowEvent', {}, ['started']], ['UnfollowEvent', {}, ['bounced']], ['MessageEvent', { message: 'TextMessageContent' }, ['started', 'replied']], ['MessageEvent', { message: 'StickerMessageContent' }, []],
	] as Array<[string, { message?: string }, string[]]>)('LINE: %s %j', async (name, { message }, expected) => {
		const description = described('line.webhook.yaml');
		const schemas = at(description, 'components', 'schemas');
		const type = (of: string) => Object.entries((schemas[of === name ? 'Event' : 'MessageContent'] as { discriminator: { mapping: Record<string, string> } }).discriminator.mapping).find(([, target]) => target.endsWith(`/${of}`))?.[0];
		const event = {
			...(sampleOf(description, schemas[name]) as Node), type: type(name), source: { ...(sampleOf(description, schemas.UserSource) as Node), type: 'user' },
			...(message === undefined ? {} : { message: { ...(sampleOf(description, schemas[message]) as Node), type: type(message) } }),
		};
		const body = JSON.stringify({ destination: 'U4af4980629', events: [event] });
		const read = async (secret: string) => kinds(await lineCallbacks.read(callback({ body, headers: { 'x-line-signature': createHmac('sha256', secret).update(body).digest('base64') } }), { channelSecret: 'secret' }, 0));

		expect([await read('secret'), await read('another')]).toEqual([expected, ['refused']]);
	});
});
