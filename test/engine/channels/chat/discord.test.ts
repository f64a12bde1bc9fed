import { generateKeyPairSync, sign } from 'node:crypto';

import { discordCallbacks } from '../../../../engine/channels/chat/discord-callbacks';
import { chatRules } from '../../../../engine/channels';
import type { DiscordConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer, ServiceCall } from '../http-service';
import { COMMON, HOSTILE, outgoing, readCall, reportsOf, sendOnce, verifyOnce, withService, written } from './bench';

const USER = '80351110224678912';
const config = (baseUrl: string): DiscordConfig => ({ kind: 'discord', botToken: 'token-of-discord', baseUrl, timeoutMs: 30_000 });
const opened: Answer = { status: 200, json: { id: '319674150115610528', type: 1, recipients: [{ id: USER }] } };
const accepted: Answer = { status: 200, json: { id: '334385199974967042', channel_id: '319674150115610528', content: 'Hello' } };
const refusal = (status: number, code: number, message: string): Answer => ({ status, json: { code, message } });
const message = (given = {}) => outgoing({ to: USER, ...given });
/** The conversation is opened; the message gets this. */
const sending = (answer: Answer) => ({ path }: ServiceCall): Answer => (path === '/users/@me/channels' ? opened : answer);

describe('Discord', () => {
	it('opens the conversation with the person once and writes there, with a nonce and nobody mentioned', async () => {
		const { outcomes, calls } = await withService(config, sending(accepted), async (provider, service) => ({
			outcomes: [await provider.send(message({ silent: true, imageUrl: 'https://cdn.example/a.jpg', buttons: Array.from({ length: 6 }, (_one, n) => ({ label: `B${n}`, url: `https://shop.example/${n}` })) })), await provider.send(message())], calls: service.calls,
		}));

		expect(outcomes).toEqual([{ kind: 'accepted', providerId: '334385199974967042' }, { kind: 'accepted', providerId: '334385199974967042' }]);
		expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /users/@me/channels', 'POST /channels/319674150115610528/messages', 'POST /channels/319674150115610528/messages']);
		expect(calls[0]).toMatchObject({ headers: { authorization: 'Bot token-of-discord' }, json: { recipient_id: USER } });
		expect(calls[1]?.json).toMatchObject({
			content: 'Hello', embeds: [{ image: { url: 'https://cdn.example/a.jpg' } }], flags: 4096, allowed_mentions: { parse: [] }, enforce_nonce: true, nonce: expect.stringMatching(/^.{1,25}$/) as string,
			components: [{ type: 1, components: [{ type: 2, style: 5, label: 'B0', url: 'https://shop.example/0' }, {}, {}, {}, {}] }, { type: 1, components: [{ label: 'B5' }] }],
		});
	});

	it('gets marks as marks, and what people are called as it is', async () => {
		const { calls } = await sendOnce(config, sending(accepted), message({ text: written('**Hi** *you* ~~no~~ `x` [shop](https://shop.example/a_(b)?c=1) https://b.example/x_y_z', 'markdown') }));
		const hostile = await sendOnce(config, sending(accepted), message({ text: written(`${HOSTILE}\n- a\n1. b\n# c`) }));

		expect(calls[1]?.json).toMatchObject({ content: '**Hi** *you* ~~no~~ `x` [shop](https://shop.example/a_%28b%29?c=1) https://b.example/x_y_z' });
		expect(hostile.calls[1]?.json).toMatchObject({ content: 'Ann \\*B\\_\\* \\<\\@U1\\> \\[x\\]\\(https://evil.example\\) \\`c\\` & \\\\ \\@everyone\n\\- a\n1\\. b\n\\# c' });
	});

	it('is asked again with the same nonce when an answer is lost', async () => {
		let sends = 0;
		const { outcome, nonces } = await withService(config, ({ path }) => (path === '/users/@me/channels' ? opened : (sends += 1) === 1 ? 'drop' : accepted), async (provider, service) => ({
			outcome: await provider.send(message()), nonces: service.calls.slice(1).map(({ json }) => (json as { nonce: string }).nonce),
		}));

		expect(outcome.kind).toBe('accepted');
		expect(nonces).toHaveLength(2);
		expect(new Set(nonces).size).toBe(1);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a person who takes none', refusal(403, 50007, 'Cannot send messages to this user'), { kind: 'permanent', deadAddress: true }],
		['a message that is not valid', refusal(400, 50035, 'Invalid Form Body'), { kind: 'permanent' }],
		['too many messages, and for how long', { status: 429, json: { message: 'You are being rate limited.', retry_after: 64.57, global: false }, headers: { 'retry-after': '65' } }, { kind: 'transient', retryAfterMs: 64_570 }],
		['a wrong token', refusal(401, 0, '401: Unauthorized'), { kind: 'account' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, sending(answer), message());

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/80351110224678912|token-of-discord/);
	}, 10_000);

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['is lost', 'drop', { kind: 'transient' }], ['breaks', { status: 500, text: 'oops' }, { kind: 'transient' }], ['comes too fast', refusal(429, 40003, 'You are opening direct messages too fast.'), { kind: 'transient' }],
		['is for nobody', refusal(404, 10013, 'Unknown User'), { kind: 'permanent', deadAddress: true }], ['has a wrong token', refusal(401, 0, '401: Unauthorized'), { kind: 'account' }],
	])('has sent nothing where the call that opens the conversation %s', async (_what, answer, expected) => {
		const { outcome, calls } = await sendOnce(config, answer, message());

		expect(outcome).toMatchObject(expected);
		expect(calls).toHaveLength(1);
	});

	it('is tested by asking who the bot is', async () => {
		expect(await verifyOnce(config, { status: 200, json: { id: '1', bot: true } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/users/@me' }] });
		expect((await verifyOnce(config, refusal(401, 0, '401: Unauthorized'))).error).toMatch(/refused the login/);
	});

	it('takes 2,000 characters with what is escaped, and 80 on a button', () => {
		expect(chatRules('discord').problem(message({ text: written('*'.repeat(1000)) }))).toBeNull();
		expect(chatRules('discord').problem(message({ text: written('*'.repeat(1001)) }))).toMatch(/has 2002 characters, and Discord takes 2000/);
		expect(chatRules('discord').problem(message({ buttons: [{ label: 'x'.repeat(81), url: 'https://a.example' }] }))).toMatch(/80 characters/);
	});
});

describe('interactions of Discord', () => {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const secrets = { publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') };
	const nowMs = Date.parse('2026-03-02T10:00:00Z');
	const read = (body: object, { at = nowMs / 1000, key = privateKey } = {}) => {
		const text = JSON.stringify(body);
		return readCall(discordCallbacks, secrets, text, { 'x-signature-timestamp': String(at), 'x-signature-ed25519': sign(null, Buffer.from(`${at}${text}`), key).toString('hex') }, nowMs);
	};
	const command = (name: string, value?: string) => ({ id: '846462639134605312', application_id: '1', type: 2, token: 't', data: { id: '2', name, type: 1, ...(value === undefined ? {} : { options: [{ name: 'code', type: 3, value }] }) }, member: { user: { id: USER, username: 'mason' } } });

	it('answers the PING', async () => {
		expect(await read({ id: '1', application_id: '2', type: 1 })).toEqual({ kind: 'answer', status: 200, body: '{"type":1}', contentType: 'application/json' });
	});

	it('tells of /start and /stop, and answers the person', async () => {
		const start = await read(command('start', 'j1_2_abc'));

		expect(reportsOf(start)).toMatchObject([{ kind: 'started', address: USER, started: { payload: 'j1_2_abc' } }]);
		expect(start).toMatchObject({ answer: { body: expect.stringContaining('"type":4') as string } });
		expect(reportsOf(await read(command('stop'))).map(({ kind }) => kind)).toEqual(['started', 'unsubscribed']);
		expect(reportsOf(await read(command('other')))).toEqual([]);
	});

	it('is believed by its signature, and not when it is old', async () => {
		expect((await read({ type: 1 }, { key: generateKeyPairSync('ed25519').privateKey })).kind).toBe('refused');
		expect((await read({ type: 1 }, { at: nowMs / 1000 - 3600 })).kind).toBe('refused');
		expect((await readCall(discordCallbacks, { publicKey: 'none' }, { type: 1 }, {}, nowMs)).kind).toBe('refused');
		expect((await readCall(discordCallbacks, secrets, { type: 1 }, {}, nowMs)).kind).toBe('refused');
	});
});
