import { createHmac } from 'node:crypto';

import { viberCallbacks } from '../../../../engine/channels/chat/viber-callbacks';
import { chatRules } from '../../../../engine/channels';
import type { SendOutcome, ViberConfig } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { COMMON, HOSTILE, outgoing, readCall, reportsOf, sendOnce, verifyOnce, written } from './bench';

const USER = '01234567890A=';
const TOKEN = '445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9';
const config = (baseUrl: string): ViberConfig => ({ kind: 'viber', authToken: TOKEN, senderName: 'The Shop that has a name of more than 28', baseUrl, timeoutMs: 30_000 });
/** Beyond what a number of JSON holds exactly. */
const accepted: Answer = { status: 200, text: '{"status":0,"status_message":"ok","message_token":5741311803571721087,"chat_hostname":"SN-CHAT-05_","billing_status":1}' };
const refusal = (status: number, message: string): Answer => ({ status: 200, json: { status, status_message: message, message_token: 1 } });
const message = (given = {}) => outgoing({ to: USER, ...given });

describe('Viber', () => {
	it('takes a text, and its token is kept to the last digit', async () => {
		const { outcome, calls } = await sendOnce(config, accepted, message({ text: written(HOSTILE) }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: '5741311803571721087' });
		expect(calls).toMatchObject([{
			method: 'POST', path: '/send_message', headers: { 'x-viber-auth-token': TOKEN },
			json: { receiver: USER, type: 'text', text: HOSTILE, sender: { name: 'The Shop that has a name of ' }, tracking_data: 'msg-1', min_api_version: 1 },
		}]);
	});

	it('takes a picture with the text below it, and buttons whose labels are no HTML', async () => {
		const { calls } = await sendOnce(config, accepted, message({ imageUrl: 'https://cdn.example/a.jpg', buttons: [{ label: '<b>Shop</b>', url: 'https://shop.example/a' }] }));

		expect(calls[0]?.json).toMatchObject({
			type: 'picture', text: 'Hello', media: 'https://cdn.example/a.jpg', min_api_version: 3,
			keyboard: { Type: 'keyboard', Buttons: [{ ActionType: 'open-url', ActionBody: 'https://shop.example/a', Text: '&lt;b&gt;Shop&lt;/b&gt;' }] },
		});
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a person who is not subscribed', refusal(6, 'notSubscribed'), { kind: 'permanent', deadAddress: true }],
		['a person who is not on Viber', refusal(5, 'receiverNotRegistered'), { kind: 'permanent', deadAddress: true }],
		['a message that is not valid', refusal(3, 'badData'), { kind: 'permanent' }],
		['too many messages', refusal(12, 'Too many requests'), { kind: 'transient' }],
		['a wrong token', refusal(2, 'invalidAuthToken'), { kind: 'account' }],
		['a bot without a webhook', refusal(10, 'webhookNotSet'), { kind: 'account' }],
		['what it has no number for', refusal(999, 'Bad receiver ID'), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer, message());

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/01234567890A|445da6az/);
	});

	it('is tested by asking for the account: an answer of 200 may be a refusal', async () => {
		expect(await verifyOnce(config, { status: 200, json: { status: 0, status_message: 'ok', id: 'pa:1' } })).toMatchObject({ error: undefined, calls: [{ method: 'POST', path: '/get_account_info' }] });
		expect((await verifyOnce(config, refusal(2, 'invalidAuthToken'))).error).toMatch(/refused the login/);
	});

	it('takes 7,000 characters, 768 below a picture', () => {
		expect(chatRules('viber').problem(message({ text: written('x'.repeat(7000)) }))).toBeNull();
		expect(chatRules('viber').problem(message({ text: written('x'.repeat(7001)) }))).toMatch(/Viber takes 7000/);
		expect(chatRules('viber').problem(message({ text: written('x'.repeat(769)), imageUrl: 'https://a.example/a.jpg' }))).toMatch(/768 with a picture/);
	});
});

describe('callbacks of Viber', () => {
	const read = (body: string | object, by = TOKEN) => {
		const text = typeof body === 'string' ? body : JSON.stringify(body);
		return readCall(viberCallbacks, { authToken: TOKEN }, text, { 'x-viber-content-signature': createHmac('sha256', by).update(text).digest('hex') });
	};
	const raw = (event: string, more: string) => `{"event":"${event}","timestamp":1457764197627,"message_token":4912661846655238145,${more}}`;
	const user = `"user":{"id":"${USER}","name":"John McClane","country":"UK"}`;

	it.each([
		['delivered', raw('delivered', `"user_id":"${USER}"`), [{ kind: 'delivered', providerId: '4912661846655238145', address: USER, atMs: 1457764197627, id: '4912661846655238145:delivered' }]],
		['seen', raw('seen', `"user_id":"${USER}"`), [{ kind: 'opened', providerId: '4912661846655238145' }]],
		['failed', raw('failed', `"user_id":"${USER}","desc":"failure description"`), [{ kind: 'failed', reason: 'failure description' }]],
		['subscribed', raw('subscribed', user), [{ kind: 'started', address: USER, started: { payload: null } }]],
		['unsubscribed', raw('unsubscribed', `"user_id":"${USER}"`), [{ kind: 'bounced', address: USER, bounce: { type: 'hard', category: 'unsubscribed' } }]],
		['a chat that was opened by a link', raw('conversation_started', `"type":"open","context":"j1_2_abc",${user},"subscribed":false`), [{ kind: 'started', address: USER, started: { payload: 'j1_2_abc', blockStands: true } }]],
		['a chat that was opened', raw('conversation_started', `"type":"open",${user},"subscribed":false`), []],
		['an answer', raw('message', `"sender":{"id":"${USER}"},"message":{"type":"text","text":"a message to the service","tracking_data":"msg-1"}`), [{ kind: 'started', started: { quiet: true } }, { kind: 'replied', message: 'msg-1', text: 'a message to the service' }]],
		['an opt-out', raw('message', `"sender":{"id":"${USER}"},"message":{"type":"text","text":"Стоп"}`), [{ kind: 'started' }, { kind: 'unsubscribed' }]],
		['that a webhook was set', raw('webhook', '"event_types":[]'), []],
	])('tell of %s', async (_what, body, expected) => {
		const reports = reportsOf(await read(body));

		expect(reports).toHaveLength(expected.length);
		expect(reports).toMatchObject(expected);
	});

	it('are believed by their signature only', async () => {
		expect((await read(raw('unsubscribed', `"user_id":"${USER}"`), 'another')).kind).toBe('refused');
		expect((await read('{')).kind).toBe('malformed');
		expect((await readCall(viberCallbacks, { authToken: '' }, '{}', { 'x-viber-content-signature': createHmac('sha256', '').update('{}').digest('hex') })).kind).toBe('refused');
	});
});
