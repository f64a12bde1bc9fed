import { createHmac } from 'node:crypto';

import { lineCallbacks } from '../../../../engine/channels/chat/line-callbacks';
import { chatRules } from '../../../../engine/channels';
import type { LineConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { COMMON, HOSTILE, outgoing, readCall, reportsOf, sendOnce, verifyOnce, withService, written } from './bench';

const USER = 'U4af4980629aaaabbbbccccddddeeee11';
const config = (baseUrl: string): LineConfig => ({ kind: 'line', channelAccessToken: 'token-of-line', baseUrl, timeoutMs: 30_000 });
const accepted: Answer = { status: 200, json: { sentMessages: [{ id: '461230966842064897', quoteToken: 'IStG5h1Tz7b' }] }, headers: { 'x-line-request-id': 'req-1' } };
const refusal = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({ status, json: { message }, headers });
const message = (given = {}) => outgoing({ to: USER, ...given });

describe('LINE', () => {
	it('takes a text by push with a retry key that is the message\'s', async () => {
		const { outcome, calls } = await sendOnce(config, accepted, message({ text: written(HOSTILE), silent: true }));
		const again = await sendOnce(config, accepted, message());

		expect(outcome).toEqual({ kind: 'accepted', providerId: '461230966842064897' });
		expect(calls).toMatchObject([{ method: 'POST', path: '/v2/bot/message/push', headers: { authorization: 'Bearer token-of-line' }, json: { to: USER, messages: [{ type: 'text', text: HOSTILE }], notificationDisabled: true } }]);
		expect(calls[0]?.headers['x-line-retry-key']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
		expect(again.calls[0]?.headers['x-line-retry-key']).toBe(calls[0]?.headers['x-line-retry-key']);
	});

	it('takes pictures, and buttons below the text', async () => {
		const { calls } = await sendOnce(config, accepted, message({ imageUrl: 'https://cdn.example/a.jpg', buttons: [{ label: 'Shop', url: 'https://shop.example/a' }] }));

		expect(calls[0]?.json).toMatchObject({ messages: [
			{ type: 'image', originalContentUrl: 'https://cdn.example/a.jpg', previewImageUrl: 'https://cdn.example/a.jpg' },
			{ type: 'flex', altText: 'Hello', contents: { type: 'bubble', body: { contents: [{ type: 'text', text: 'Hello', wrap: true }] }, footer: { contents: [{ type: 'button', action: { type: 'uri', label: 'Shop', uri: 'https://shop.example/a' } }] } } },
		] });
	});

	it('is asked again with the same key when its answer is lost, and says that it had the message', async () => {
		let calls = 0;
		const { outcome, keys } = await withService(config, () => ((calls += 1) === 1 ? 'drop' : refusal(409, 'The retry key is already accepted', { 'x-line-accepted-request-id': 'req-0' })), async (provider, service) => ({
			outcome: await provider.send(message()), keys: service.calls.map(({ headers }) => headers['x-line-retry-key']),
		}));

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'req-0' });
		expect(keys).toHaveLength(2);
		expect(new Set(keys).size).toBe(1);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a user ID of another account', refusal(400, 'Failed to send messages'), { kind: 'permanent' }],
		['a user ID that is none', refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)"), { kind: 'permanent' }],
		['a month that is used up', refusal(429, 'You have reached your monthly limit.'), { kind: 'account' }],
		['too many calls', refusal(429, 'The API rate limit has been exceeded. Try again later.', { 'retry-after': '7' }), { kind: 'transient', retryAfterMs: 7_000 }],
		['a wrong token', refusal(401, 'Authentication failed. Confirm that the access token in the authorization header is valid.'), { kind: 'account' }],
		['a message that is not valid', refusal(400, 'The request body has 1 error(s)'), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer, message());

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe(false);
		expect(JSON.stringify(outcome)).not.toMatch(/U4af49|token-of-line/);
	}, 10_000);

	it('is tested by asking for the account', async () => {
		expect(await verifyOnce(config, { status: 200, json: { userId: 'U1', basicId: '@216ru' } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/v2/bot/info' }] });
		expect((await verifyOnce(config, refusal(401, 'Authentication failed'))).error).toMatch(/refused the login/);
	});

	it('takes 5,000 characters, 2,000 with buttons, 20 on a button, pictures by https', () => {
		const { problem } = chatRules('line');
		const button = { label: 'x'.repeat(20), url: 'https://a.example' };

		expect([problem(message({ text: written('x'.repeat(5000)) })), problem(message({ buttons: [button] }))]).toEqual([null, null]);
		expect(problem(message({ text: written('x'.repeat(5001)) }))).toMatch(/LINE takes 5000/);
		expect(problem(message({ text: written('x'.repeat(2001)), buttons: [button] }))).toMatch(/2000 with buttons/);
		expect(problem(message({ buttons: [{ ...button, label: 'x'.repeat(21) }] }))).toMatch(/20 characters/);
		expect(problem(message({ imageUrl: 'http://a.example/a.png' }))).toMatch(/https only/);
	});
});

describe('webhooks of LINE', () => {
	const secret = 'secret-of-the-channel';
	const read = (events: object[], by = secret) => {
		const body = JSON.stringify({ destination: 'xxxxxxxxxx', events });
		return readCall(lineCallbacks, { channelSecret: secret }, body, { 'x-line-signature': createHmac('sha256', by).update(body).digest('base64') });
	};
	const event = (type: string, more: object = {}) => ({ type, mode: 'active', timestamp: 1462629479859, source: { type: 'user', userId: USER }, webhookEventId: '01FZ74A0TDDPYRVKNK77XKC3ZR', deliveryContext: { isRedelivery: false }, ...more });

	it('tell who follows, unfollows and writes', async () => {
		const text = (given: string, more: object = {}) => event('message', { replyToken: 'r', message: { id: '444573844083572737', type: 'text', quoteToken: 'q', text: given, ...more } });

		expect(reportsOf(await read([event('follow', { follow: { isUnblocked: false } }), event('unfollow'), text('j1_2_abcdefghijklmnopqrstuvwx')]))).toMatchObject([
			{ kind: 'started', address: USER, atMs: 1462629479859, started: { payload: null } },
			{ kind: 'bounced', address: USER, bounce: { type: 'hard', category: 'unfollowed' } },
			{ kind: 'started', started: { payload: 'j1_2_abcdefghijklmnopqrstuvwx' } },
		]);
		expect(reportsOf(await read([text('Thanks!', { quotedMessageId: '461230966842064897' })]))).toMatchObject([{ kind: 'started', started: { quiet: true } }, { kind: 'replied', text: 'Thanks!', providerId: '461230966842064897' }]);
		expect(reportsOf(await read([text('配信停止')])).map(({ kind }) => kind)).toEqual(['started', 'unsubscribed']);
	});

	it('of groups, and of what is no text, tell nothing', async () => {
		expect(reportsOf(await read([event('message', { source: { type: 'group', groupId: 'C1', userId: USER }, message: { type: 'text', text: 'stop' } }), event('message', { message: { type: 'sticker' } }), event('postback')]))).toEqual([]);
		expect(reportsOf(await read([]))).toEqual([]);
	});

	it('are believed by their signature only', async () => {
		expect((await read([event('unfollow')], 'another')).kind).toBe('refused');
		expect((await readCall(lineCallbacks, { channelSecret: '' }, '{}', { 'x-line-signature': createHmac('sha256', '').update('{}').digest('base64') })).kind).toBe('refused');
	});
});
