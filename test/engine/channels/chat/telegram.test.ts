import { telegramCallbacks } from '../../../../engine/channels/chat/telegram-callbacks';
import { chatRules } from '../../../../engine/channels';
import type { SendOutcome, TelegramConfig } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { COMMON, HOSTILE, outgoing, readCall, reportsOf, sendOnce, verifyOnce, written } from './bench';

const TOKEN = '123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11';
const config = (baseUrl: string): TelegramConfig => ({ kind: 'telegram', botToken: TOKEN, baseUrl, timeoutMs: 30_000 });
const accepted: Answer = { status: 200, json: { ok: true, result: { message_id: 365, from: { id: 1, is_bot: true, first_name: 'Shop' }, chat: { id: 123456789, type: 'private' }, date: 1772445600, text: 'Hello' } } };
const refusal = (status: number, description: string, parameters?: object): Answer => ({ status, json: { ok: false, error_code: status, description, ...(parameters === undefined ? {} : { parameters }) } });

describe('Telegram', () => {
	it('takes a text with buttons, silently, and its id is that of the chat and the message', async () => {
		const { outcome, calls } = await sendOnce(config, accepted, outgoing({ buttons: [{ label: 'Shop', url: 'https://shop.example/a' }], silent: true }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: '123456789:365' });
		expect(calls).toMatchObject([{
			method: 'POST', path: `/bot${TOKEN}/sendMessage`,
			json: { chat_id: '123456789', text: 'Hello', parse_mode: 'HTML', disable_notification: true, reply_markup: { inline_keyboard: [[{ text: 'Shop', url: 'https://shop.example/a' }]] } },
		}]);
	});

	it('takes a picture with the text below it', async () => {
		const { calls } = await sendOnce(config, accepted, outgoing({ imageUrl: 'https://cdn.example/a.jpg' }));

		expect(calls).toMatchObject([{ path: `/bot${TOKEN}/sendPhoto`, json: { photo: 'https://cdn.example/a.jpg', caption: 'Hello' } }]);
	});

	it('shows marks as marks and what people are called as it is', async () => {
		const { calls } = await sendOnce(config, accepted, outgoing({ text: written('**Hi** *you* ~~no~~ `x<y` [shop](https://shop.example/?a=1&b=2) snake_case 2*3*4', 'markdown') }));
		const plain = await sendOnce(config, accepted, outgoing({ text: written(HOSTILE) }));

		expect(calls[0]?.json).toMatchObject({ text: '<b>Hi</b> <i>you</i> <s>no</s> <code>x&lt;y</code> <a href="https://shop.example/?a=1&amp;b=2">shop</a> snake_case 2<i>3</i>4' });
		expect(plain.calls[0]?.json).toMatchObject({ text: HOSTILE.replace('&', '&amp;').replace('<@U1>', '&lt;@U1&gt;') });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a person who has blocked the bot', refusal(403, 'Forbidden: bot was blocked by the user'), { kind: 'permanent', deadAddress: true }],
		['a person who has left', refusal(403, 'Forbidden: user is deactivated'), { kind: 'permanent', deadAddress: true }],
		['a person who never wrote', refusal(403, "Forbidden: bot can't initiate conversation with a user"), { kind: 'permanent' }],
		['a chat of another bot', refusal(400, 'Bad Request: chat not found'), { kind: 'permanent' }],
		['HTML that is none', refusal(400, "Bad Request: can't parse entities: Unsupported start tag \"br\" at byte offset 5"), { kind: 'permanent' }],
		['too many messages, and for how long', refusal(429, 'Too Many Requests: retry after 14', { retry_after: 14 }), { kind: 'transient', retryAfterMs: 14_000 }],
		['a wrong token', refusal(401, 'Unauthorized'), { kind: 'account' }],
		['a token that is none', refusal(404, 'Not Found'), { kind: 'account' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/123456789|ABC-DEF/);
	});

	it('is tested by asking who the bot is', async () => {
		expect(await verifyOnce(config, { status: 200, json: { ok: true, result: { id: 1, is_bot: true } } })).toMatchObject({ error: undefined, calls: [{ path: `/bot${TOKEN}/getMe` }] });
		const wrong = await verifyOnce(config, refusal(401, 'Unauthorized'));
		expect(wrong.error).toMatch(/refused the login/);
		expect(wrong.error).not.toContain('ABC-DEF');
	});

	it('takes 4,096 characters, 1,024 below a picture, marks not counted', () => {
		const { problem } = chatRules('telegram');
		const of = (length: number, more = {}) => problem(outgoing({ text: written(`**${'x'.repeat(length)}**`, 'markdown'), ...more }));

		expect([of(4096), of(1024, { imageUrl: 'https://x.example/a.png' })]).toEqual([null, null]);
		expect(of(4097)).toMatch(/has 4097 characters, and Telegram takes 4096/);
		expect(of(1025, { imageUrl: 'https://x.example/a.png' })).toMatch(/1024 with a picture/);
	});
});

describe('updates of Telegram', () => {
	const secret = 'secret-of-the-webhook';
	const read = (update: object, given = secret) => readCall(telegramCallbacks, { webhookSecret: secret }, { update_id: 10000, ...update }, { 'x-telegram-bot-api-secret-token': given });
	const person = { id: 1111111, type: 'private', first_name: 'Test' };
	const message = (text: string, more: object = {}) => ({ message: { message_id: 1365, date: 1772445600, chat: person, from: { id: 1111111, is_bot: false }, text, ...more } });

	it('tell of a start with what its link carried', async () => {
		expect(reportsOf(await read(message('/start j1_2_abc')))).toEqual([{ kind: 'started', message: null, providerId: null, address: '1111111', atMs: 1772445600000, id: 'start:1111111:1365', started: { payload: 'j1_2_abc' } }]);
		expect(reportsOf(await read(message('/start')))).toMatchObject([{ kind: 'started', started: { payload: null } }]);
	});

	it('tell of answers, opt-outs and the way back', async () => {
		expect(reportsOf(await read(message('Where is it?', { reply_to_message: { message_id: 365 } })))).toMatchObject([
			{ kind: 'started', started: { quiet: true }, address: '1111111' }, { kind: 'replied', text: 'Where is it?', address: '1111111', providerId: '1111111:365', id: 'in:1111111:1365' },
		]);
		expect(reportsOf(await read(message('/stop'))).map(({ kind }) => kind)).toEqual(['started', 'unsubscribed']);
		expect(reportsOf(await read(message('Stop'))).map(({ kind }) => kind)).toEqual(['started', 'unsubscribed']);
		expect(reportsOf(await read(message('START'))).map(({ kind }) => kind)).toEqual(['started', 'resubscribed']);
	});

	it('tell of a block and of its end', async () => {
		const member = (status: string) => ({ my_chat_member: { chat: person, from: { id: 1111111 }, date: 1772445600, old_chat_member: {}, new_chat_member: { status } } });

		expect(reportsOf(await read(member('kicked')))).toMatchObject([{ kind: 'bounced', address: '1111111', bounce: { type: 'hard', category: 'blocked' } }]);
		expect(reportsOf(await read(member('member')))).toMatchObject([{ kind: 'started', started: { quiet: true } }]);
	});

	it('of groups are nobody\'s', async () => {
		expect(reportsOf(await read(message('/start', { chat: { id: -100, type: 'supergroup' } })))).toEqual([]);
		expect(reportsOf(await read({ my_chat_member: { chat: { id: -100, type: 'group' }, date: 1, new_chat_member: { status: 'kicked' } } }))).toEqual([]);
		expect(reportsOf(await read({ poll: {} }))).toEqual([]);
	});

	it('are believed by their secret only', async () => {
		expect((await read(message('/start'), 'another')).kind).toBe('refused');
		expect((await readCall(telegramCallbacks, { webhookSecret: '' }, message('/start'), { 'x-telegram-bot-api-secret-token': '' })).kind).toBe('refused');
		expect((await readCall(telegramCallbacks, { webhookSecret: secret }, 'nonsense', { 'x-telegram-bot-api-secret-token': secret })).kind).toBe('malformed');
	});
});
