import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { lineCallbacks } from '../../engine/channels/chat/line-callbacks';
import { resendCallbacks } from '../../engine/channels/email/resend-callbacks';
import { infobipCallbacks } from '../../engine/channels/sms/infobip-callbacks';
import { sinchCallbacks } from '../../engine/channels/sms/sinch-callbacks';
import { telnyxCallbacks } from '../../engine/channels/sms/telnyx-callbacks';
import type { CallbackResult } from '../../engine/channels/types';
import { callback } from '../engine/channels/sms/bench';

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

	it('Sinch: an inbound message', async () => {
		const body = at(described('sinch.sms.yaml'), 'components', 'examples', 'Inbounds', 'value');
		const read = async (key: string) => kinds(await sinchCallbacks.read(callback({ url: `https://shop.example/j/callbacks/sinch?key=${key}`, body }), { callbackKey: 'ours' }, 0));

		expect([await read('ours'), await read('theirs')]).toEqual([['replied'], ['refused']]);
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
