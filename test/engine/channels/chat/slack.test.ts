import { createHmac } from 'node:crypto';

import { slackCallbacks } from '../../../../engine/channels/chat/slack-callbacks';
import { chatRules } from '../../../../engine/channels';
import type { SendOutcome, SlackConfig } from '../../../../engine/channels/types';
import type { Answer, ServiceCall } from '../http-service';
import { COMMON, HOSTILE, outgoing, readCall, reportsOf, sendOnce, verifyOnce, written } from './bench';

const USER = 'U012AB3CDE4';
const config = (baseUrl: string): SlackConfig => ({ kind: 'slack', botToken: 'xoxb-token-of-slack', baseUrl, timeoutMs: 30_000 });
const accepted: Answer = { status: 200, json: { ok: true, channel: 'D024BE91L', ts: '1503435956.000247', message: { text: 'Hello' } } };
const refusal = (error: string, more: Partial<Answer & object> = {}): Answer => ({ status: 200, json: { ok: false, error }, ...more }) as Answer;
const message = (given = {}) => outgoing({ to: USER, ...given });
const blocks = (call: ServiceCall | undefined): unknown => JSON.parse(call?.form.get('blocks') ?? 'null');

describe('Slack', () => {
	it('takes a text to a person, and its id is that of the conversation and the time', async () => {
		const { outcome, calls } = await sendOnce(config, accepted, message());

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'D024BE91L:1503435956.000247' });
		expect(calls).toMatchObject([{ method: 'POST', path: '/chat.postMessage', headers: { authorization: 'Bearer xoxb-token-of-slack' } }]);
		expect([calls[0]?.form.get('channel'), calls[0]?.form.get('text'), blocks(calls[0])]).toEqual([USER, 'Hello', [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'Hello' }] }] }]]);
	});

	it('gets marks, links, a picture and buttons as what they are, and nothing else is any', async () => {
		const { calls } = await sendOnce(config, accepted, message({ text: written('**Hi _you_** `x` [shop](https://shop.example/?a=1) https://b.example/x.', 'markdown'), imageUrl: 'https://cdn.example/a.jpg', buttons: [{ label: 'Shop', url: 'https://shop.example/a' }] }));
		const hostile = await sendOnce(config, accepted, message({ text: written(HOSTILE) }));

		expect(blocks(calls[0])).toEqual([
			{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [
				{ type: 'text', text: 'Hi ', style: { bold: true } }, { type: 'text', text: 'you', style: { bold: true, italic: true } }, { type: 'text', text: ' ' }, { type: 'text', text: 'x', style: { code: true } },
				{ type: 'text', text: ' ' }, { type: 'link', url: 'https://shop.example/?a=1', text: 'shop' }, { type: 'text', text: ' ' }, { type: 'link', url: 'https://b.example/x' }, { type: 'text', text: '.' },
			] }] },
			{ type: 'image', image_url: 'https://cdn.example/a.jpg', alt_text: 'Hi you x shop https://b.example/x.' },
			{ type: 'actions', elements: [{ type: 'button', action_id: 'link-0', text: { type: 'plain_text', text: 'Shop' }, url: 'https://shop.example/a' }] },
		]);
		expect(hostile.calls[0]?.form.get('text')).toContain('&lt;@U1&gt;');
		expect(JSON.stringify(blocks(hostile.calls[0]))).not.toMatch(/"style"|"user"|broadcast/);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a person who has left', refusal('user_disabled'), { kind: 'permanent', deadAddress: true }],
		['a person of another workspace', refusal('channel_not_found'), { kind: 'permanent' }],
		['a message that is not valid', refusal('invalid_blocks'), { kind: 'permanent' }],
		['too many messages', refusal('ratelimited', { status: 429, headers: { 'retry-after': '30' } }), { kind: 'transient', retryAfterMs: 30_000 }],
		['a wrong token', refusal('invalid_auth'), { kind: 'account' }],
		['a scope that is missing', refusal('missing_scope'), { kind: 'account' }],
		['a failure in the middle', refusal('fatal_error'), { kind: 'ambiguous' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer, message());

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/U012AB3CDE4|token-of-slack/);
	});

	it('is tested by asking who the app is: an answer of 200 may be a refusal', async () => {
		expect(await verifyOnce(config, { status: 200, json: { ok: true, team: 'T1' } })).toMatchObject({ error: undefined, calls: [{ path: '/auth.test' }] });
		expect((await verifyOnce(config, refusal('invalid_auth'))).error).toMatch(/refused the login/);
	});

	it('takes 12,000 characters and 75 on a button', () => {
		expect(chatRules('slack').problem(message({ text: written('x'.repeat(12_001)) }))).toMatch(/Slack takes 12000/);
		expect(chatRules('slack').problem(message({ buttons: [{ label: 'x'.repeat(76), url: 'https://a.example' }] }))).toMatch(/75 characters/);
	});
});

describe('events of Slack', () => {
	const secret = '8f742231b10e8888abcd99yyyzzz85a5';
	const nowMs = 1_531_420_618_000;
	const read = (body: object, { by = secret, at = nowMs / 1000 }: { by?: string; at?: number } = {}) => {
		const text = JSON.stringify(body);
		return readCall(slackCallbacks, { signingSecret: secret }, text, { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${createHmac('sha256', by).update(`v0:${at}:${text}`).digest('hex')}` }, nowMs);
	};
	const event = (given: object) => ({ token: 'x', team_id: 'T1', type: 'event_callback', event_id: 'Ev0PV52K21', event_time: 1531420610, event: given });
	const im = { type: 'message', channel: 'D024BE91L', channel_type: 'im', user: USER, text: 'Hello you', ts: '1355517523.000005' };

	it('verifies Slack\'s own example of a signature', async () => {
		const body = 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';

		const result = await readCall(slackCallbacks, { signingSecret: secret }, body, { 'x-slack-request-timestamp': '1531420618', 'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503' }, nowMs);

		// A form, which no event is; but the signature was right.
		expect(result.kind).toBe('malformed');
	});

	it('answer Slack\'s question about the address', async () => {
		expect(await read({ token: 'x', challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P', type: 'url_verification' })).toMatchObject({ kind: 'answer', body: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' });
	});

	it('tell of answers in the app\'s own conversation, and of who has left', async () => {
		expect(reportsOf(await read(event({ ...im, thread_ts: '1503435956.000247' })))).toMatchObject([{ kind: 'started', started: { quiet: true } }, { kind: 'replied', address: USER, text: 'Hello you', providerId: 'D024BE91L:1503435956.000247', atMs: 1531420610000 }]);
		expect(reportsOf(await read(event({ ...im, text: 'unsubscribe' }))).map(({ kind }) => kind)).toEqual(['started', 'unsubscribed']);
		expect(reportsOf(await read(event({ type: 'user_change', user: { id: USER, deleted: true } })))).toMatchObject([{ kind: 'bounced', address: USER, bounce: { type: 'hard', category: 'left' } }]);
	});

	it.each([['a bot', { ...im, bot_id: 'B1' }], ['an edit', { ...im, subtype: 'message_changed' }], ['a channel', { ...im, channel_type: 'channel' }], ['a change of name', { type: 'user_change', user: { id: USER, deleted: false } }]])('of %s tell nothing', async (_what, given) => {
		expect(reportsOf(await read(event(given)))).toEqual([]);
	});

	it('are believed by their signature, and not when they are old', async () => {
		expect((await read(event(im), { by: 'another' })).kind).toBe('refused');
		expect((await read(event(im), { at: nowMs / 1000 - 301 })).kind).toBe('refused');
	});
});
