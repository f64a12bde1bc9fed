import { createHash, createHmac } from 'node:crypto';

import { birdCallbacks } from '../../../../engine/channels/sms/bird-callbacks';
import type { BirdConfig, DeliveryReport, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const [WORKSPACE, CHANNEL, ID] = ['a1405560-c8d3-4b1a-877d-3f449ad95352', '52ad151f-f7b4-46f9-a5c6-d3318e650c84', '404544c5-9920-45f1-8990-0855634ab7ac'];
const config = (baseUrl: string): BirdConfig => ({ kind: 'bird', accessKey: 'key-of-bird', workspaceId: WORKSPACE, channelId: CHANNEL, baseUrl, timeoutMs: 2_000 });
const PATH = `/workspaces/${WORKSPACE}/channels/${CHANNEL}`;
const CONTACT = { id: 'd4e8935a-5f48-45a5-95a5-ee7ba1e2c5b4', identifierKey: 'phonenumber', identifierValue: TO };

describe('Bird\'s Channels API', () => {
	it('takes a message for its channel with our id as the reference, and gives its id', async () => {
		const { outcome, calls } = await sendOnce(config, { status: 202, json: { id: ID, channelId: CHANNEL, reference: 'msg-1', status: 'accepted', direction: 'outgoing', receiver: { contacts: [CONTACT] } } });

		expect(outcome).toEqual({ kind: 'accepted', providerId: ID });
		expect(calls).toMatchObject([{ method: 'POST', path: `${PATH}/messages` }]);
		expect(calls[0]?.headers.authorization).toBe('AccessKey key-of-bird');
		expect(calls[0]?.json).toEqual({ receiver: { contacts: [{ identifierKey: 'phonenumber', identifierValue: TO }] }, body: { type: 'text', text: { text: 'Hello' } }, reference: 'msg-1' });
	});

	it('sends pictures as images, with the text when there is one', async () => {
		const mediaUrls = ['https://www.messagebird.com/image1.png', 'https://www.messagebird.com/image2.png'];
		const accepted: Answer = { status: 202, json: { id: ID } };
		const { outcome, calls } = await sendOnce(config, accepted, outgoing({ mediaUrls }));
		const { calls: [bare] } = await sendOnce(config, accepted, outgoing({ text: '', mediaUrls: mediaUrls.slice(1) }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: ID });
		expect(calls).toMatchObject([{ method: 'POST', path: `${PATH}/messages` }]);
		// "Multiple image message" of https://docs.bird.com/api/channels-api/message-types/images
		expect(calls[0]?.json).toEqual({
			receiver: { contacts: [{ identifierKey: 'phonenumber', identifierValue: TO }] }, reference: 'msg-1',
			body: { type: 'image', image: { images: [{ altText: 'Image 1', mediaUrl: mediaUrls[0] }, { altText: 'Image 2', mediaUrl: mediaUrls[1] }], text: 'Hello' } },
		});
		expect(bare?.json).toMatchObject({ body: { type: 'image', image: { images: [{ altText: 'Image 1', mediaUrl: mediaUrls[1] }] } } });
		expect(JSON.stringify(bare?.json)).not.toContain('"text"');
	});

	it('refuses pictures of a channel that cannot send them, and not the person', async () => {
		const { outcome } = await sendOnce(config, { status: 422, json: { code: 'InvalidPayload', message: 'channel does not support message type image' } }, outgoing({ mediaUrls: ['https://www.messagebird.com/image.png'] }));

		expect(outcome).toMatchObject({ kind: 'permanent' });
		expect('deadAddress' in outcome).toBe(false);
	});

	it('is left for the API that was MessageBird\'s where the credential names no channel', async () => {
		const { calls } = await sendOnce((url) => ({ kind: 'bird', accessKey: 'key-of-bird', workspaceId: WORKSPACE, baseUrl: url, timeoutMs: 2_000 }), { status: 201, json: { id: ID } });

		expect(calls.map(({ path }) => path)).toEqual(['/messages']);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a message that did not pass validation', { status: 422, json: { code: 'InvalidPayload', message: `receiver ${TO} is not valid` } }, { kind: 'permanent' }],
		['a channel that is not there', { status: 404, json: { code: 'NotFound', message: 'channel not found' } }, { kind: 'account' }],
		['a key that may not send', { status: 403, json: { code: 'Forbidden', message: 'access denied' } }, { kind: 'account' }],
		['no credit', { status: 402, json: { code: 'PaymentRequired', message: 'insufficient balance' } }, { kind: 'account' }],
		['an answer without an id', { status: 202, json: {} }, { kind: 'ambiguous' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe(false);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|key-of-bird/);
	});

	it('is tested by reading the channel', async () => {
		expect(await verifyOnce(config, { status: 200, json: { id: CHANNEL, status: 'active' } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: PATH }] });
		expect((await verifyOnce(config, { status: 401, json: { message: 'unauthorized' } })).error).toMatch(/refused the login \(401\)/);
	});
});

describe('webhooks of Bird\'s Channels API', () => {
	const KEY = 'secure-signing-key';
	const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
	const URL_OF = 'https://shop.example/j/callbacks/bird';
	const read = async (event: object, { key = KEY, signedUrl = URL_OF, age = 0, signingKey = KEY, sent }: { key?: string; signedUrl?: string; age?: number; signingKey?: string; sent?: object } = {}) => {
		const timestamp = String(NOW_MS / 1000 - age);
		const signature = createHmac('sha256', key).update(`${timestamp}\n${signedUrl}\n`).update(createHash('sha256').update(JSON.stringify(event)).digest()).digest('base64');
		return await birdCallbacks.read(callback({ url: URL_OF, headers: { 'messagebird-signature': signature, 'messagebird-request-timestamp': timestamp }, body: sent ?? event }), { signingKey }, NOW_MS);
	};
	// https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources
	const outbound = (status: string, failure?: object) => ({
		service: 'channels', event: 'sms.outbound',
		payload: { id: ID, channelId: CHANNEL, sender: { connector: { id: 'c', identifierValue: '' } }, receiver: { contacts: [CONTACT] }, reference: 'msg-1', status, direction: 'outgoing', lastStatusAt: '2026-03-02T09:59:00.000Z', ...(failure === undefined ? {} : { failure }) },
	});
	const inbound = (text: string) => ({
		service: 'channels', event: 'sms.inbound',
		payload: { id: ID, channelId: CHANNEL, sender: { contact: CONTACT }, receiver: { connector: { id: 'c', identifierValue: '+15005550006' } }, body: { type: 'text', text: { text } }, reference: '', status: 'delivered', direction: 'incoming', createdAt: '2026-03-02T09:59:00.000Z' },
	});
	const carrier = (code: string) => ({ code: 15005, source: { name: 'sms-messagebird', code } });

	it.each<[string, object, Partial<DeliveryReport>[]]>([
		['delivered', outbound('delivered'), [{ kind: 'delivered' }]],
		['sent', outbound('sent'), []],
		['accepted', outbound('accepted'), []],
		['an unknown number', outbound('delivery_failed', carrier('1')), [{ kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, reason: 'Bird error 1' }]],
		['an opt-out', outbound('delivery_failed', carrier('103')), [{ kind: 'unsubscribed' }]],
		['another failure of the carrier', outbound('delivery_failed', carrier('2')), [{ kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' } }]],
		['what Bird itself kept back', outbound('sending_failed', { code: 14002, source: { name: 'accounting', code: '1' } }), [{ kind: 'failed', reason: 'Bird failure 14002' }]],
		['what did not pass its checks', outbound('rejected', { code: 11001, source: { name: 'pre-processing' } }), [{ kind: 'failed' }]],
	])('tell %s', async (_what, event, expected) => {
		const about = { message: 'msg-1', providerId: ID, address: TO, atMs: Date.parse('2026-03-02T09:59:00Z') };

		expect(await read(event)).toMatchObject({ kind: 'reports', reports: expected.map((report) => ({ ...about, ...report })) });
	});

	it('tell what people write, and a word to leave', async () => {
		expect(await read(inbound('Hello'))).toMatchObject({ kind: 'reports', reports: [{ kind: 'replied', address: TO, text: 'Hello', to: '+15005550006' }] });
		expect(await read(inbound('STOP'))).toMatchObject({ kind: 'reports', reports: [{ kind: 'unsubscribed', address: TO }] });
	});

	it.each<[string, object]>([
		['a picture with text, in the shape in which Bird documents such a message for sending', { type: 'image', image: { images: [{ mediaUrl: 'https://media.api.bird.com/m/1', altText: '' }], text: 'stop' } }],
		['a picture with text beside an empty text', { type: 'image', text: { text: '' }, image: { images: [], text: 'stop' } }],
		['a file with text', { type: 'file', file: { files: [{ mediaUrl: 'https://media.api.bird.com/m/2', contentType: 'video/mp4' }], text: ' STOP ' } }],
	])('find the word to leave beside %s', async (_what, body) => {
		const event = inbound('');

		expect(await read({ ...event, payload: { ...event.payload, body } })).toMatchObject({ kind: 'reports', reports: [{ kind: 'unsubscribed', address: TO }] });
	});

	it('tell that a picture came without words', async () => {
		const event = inbound('');

		expect(await read({ ...event, payload: { ...event.payload, body: { type: 'image', image: { images: [{ mediaUrl: 'https://media.api.bird.com/m/1' }] } } } })).toMatchObject({ kind: 'reports', reports: [{ kind: 'replied', address: TO, text: '' }] });
	});

	it('of other events are taken, and say nothing', async () => {
		expect(await read({ ...outbound('delivered'), event: 'whatsapp.outbound' })).toEqual({ kind: 'reports', reports: [] });
	});

	it('are refused with another key, for another address, with another body, when they are old, and without a key', async () => {
		const event = outbound('delivered');
		const results = [await read(event, { key: 'another' }), await read(event, { signedUrl: `${URL_OF}?x=1` }), await read(event, { sent: outbound('rejected') }), await read(event, { age: 2 * 24 * 3_600 }), await read(event, { key: '', signingKey: '' })];

		expect(results.map((result) => result.kind)).toEqual(Array.from({ length: 5 }, () => 'refused'));
		expect((await read({ event: 'sms.outbound', payload: {} })).kind).toBe('malformed');
	});
});
