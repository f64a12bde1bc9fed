import { generateKeyPairSync, sign } from 'node:crypto';

import { createEmailProvider, sendGridCallbacks } from '../../../../engine/channels';
import type { EmailProvider, SendGridConfig } from '../../../../engine/channels';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import { httpService, type Answer, type Service } from '../http-service';
import { email } from '../servers';
import { BYTES, callback, expectDiscreet, fullEmail, outcomeAt, reportsOf, UNSUBSCRIBE } from './samples';

const KEY = 'SG.fQ8aKeyOfTheTest';
const ACCEPTED: Answer = { status: 202, text: '', headers: { 'X-Message-Id': 'LRzXl_NHStOGhQ4kofSm_A' } };
const refusal = (status: number, message: string, field: string | null = null, headers: Record<string, string> = {}): Answer => ({ status, json: { errors: [{ message, field, help: null }] }, headers });

let service: Service;
let provider: EmailProvider;

beforeEach(async () => {
	service = await httpService(ACCEPTED);
	provider = open();
});
afterEach(async () => {
	await provider.close();
	await service.close();
});

function open(given: Partial<SendGridConfig> = {}): EmailProvider {
	return createEmailProvider({ kind: 'sendgrid', apiKey: KEY, region: 'global', baseUrl: service.url, timeoutMs: 6_000, ...given });
}

describe('A mail by SendGrid', () => {
	it('has everything at its place, and SendGrid\'s own tracking and unsubscribe links off', async () => {
		const outcome = await provider.send(fullEmail());

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'LRzXl_NHStOGhQ4kofSm_A' });
		const [call] = service.calls;
		expect(call).toMatchObject({ method: 'POST', path: '/v3/mail/send', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' } });
		expect(call?.json).toEqual({
			personalizations: [{
				to: [{ email: 'ann.marsh@customer.example' }], cc: [{ email: 'copy@partner.example' }], bcc: [{ email: 'archive@shop.example' }],
				custom_args: { journeys_message: 'bXNnLWlkLTEyMzQ1Njc4OQ', journeys_recipient: recipientMark('ann.marsh@customer.example') },
			}],
			from: { email: 'news@shop.example', name: 'The Shop' },
			reply_to: { email: 'help@shop.example' },
			subject: 'Grüße, Ann',
			content: [{ type: 'text/plain', value: 'Hello' }, { type: 'text/html', value: '<p>Hello <img src="cid:logo"></p>' }],
			attachments: [
				{ content: Buffer.from(BYTES).toString('base64'), type: 'application/pdf', filename: 'Rechnung für Ann.pdf', disposition: 'attachment' },
				{ content: Buffer.from(BYTES.subarray(0, 20)).toString('base64'), type: 'image/png', filename: 'logo.png', disposition: 'inline', content_id: 'logo' },
			],
			headers: {
				'List-Unsubscribe': UNSUBSCRIBE, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click', 'X-Ref': '=?UTF-8?Q?=C3=96l_X-Evil=3A_1?=',
				'Message-ID': '<bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>',
			},
			tracking_settings: {
				click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false }, subscription_tracking: { enable: false }, ganalytics: { enable: false },
			},
		});
	});

	it('that has no more than it must has no empty field, which SendGrid refuses', async () => {
		await provider.send(email({ html: '', from: { address: 'news@shop.example' }, headers: { 'Reply-To': 'help@shop.example', 'X-SG-ID': '1', 'DKIM-Signature': 'x', 'X-Plain': 'a\r\nX-Evil: 2 ' } }));

		const sent = service.calls[0]?.json as Record<string, unknown>;
		expect(Object.keys(sent)).toEqual(['personalizations', 'from', 'reply_to', 'subject', 'content', 'headers', 'tracking_settings']);
		expect(sent).toMatchObject({ from: { email: 'news@shop.example' }, reply_to: { email: 'help@shop.example' }, content: [{ type: 'text/plain', value: 'Hello' }] });
		expect(sent.headers).toEqual({ 'X-Plain': 'a X-Evil: 2', 'Message-ID': '<bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>' });
		expect(sent.personalizations).toEqual([{ to: [{ email: 'ann.marsh@customer.example' }], custom_args: expect.any(Object) as object }]);
	});

	it('goes in the name of a subuser where one is chosen', async () => {
		const subuser = open({ onBehalfOf: 'newsletter' });
		await subuser.send(email());
		await subuser.close();

		expect(service.calls[0]?.headers['on-behalf-of']).toBe('newsletter');
	});

	it('to what is no address asks nobody', async () => {
		expect(await provider.send(email({ to: 'a@a.example, b@b.example' }))).toMatchObject({ kind: 'permanent' });
		expect(service.calls).toEqual([]);
	});
});

describe('What SendGrid answers', () => {
	it.each<[string, Answer, object]>([
		['the recipient is no address', refusal(400, 'Does not contain a valid address. ann.marsh@customer.example', 'personalizations.0.to.0.email'), { kind: 'permanent', deadAddress: true }],
		['the sender is no address', refusal(400, 'The from email does not contain a valid address.', 'from.email'), { kind: 'account', reason: expect.stringContaining('Correct From') }],
		['the content is wrong', refusal(400, 'The content value must be a string at least one character in length.', 'content.0.value'), { kind: 'permanent' }],
		['the sender is not verified', refusal(403, 'The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.', 'from'), { kind: 'account', reason: expect.stringContaining('Sender Authentication') }],
		['the key is wrong', refusal(401, `The provided authorization grant ${KEY} is invalid, expired, or revoked`), { kind: 'account', reason: expect.stringContaining('Check the key') }],
		['the key may not', refusal(403, 'access forbidden'), { kind: 'account' }],
		['the credits are used up', refusal(401, 'Maximum credits exceeded'), { kind: 'account', reason: expect.stringContaining('credits are used up') }],
		['it is too large', refusal(413, 'content too large'), { kind: 'permanent' }],
		['too many, with a time', refusal(429, 'too many requests', null, { 'Retry-After': '30' }), { kind: 'transient', retryAfterMs: 30_000 }],
		['too many, with a reset', refusal(429, 'too many requests', null, { Date: 'Mon, 23 Nov 2026 02:00:00 GMT', 'X-RateLimit-Reset': '1795399245' }), { kind: 'transient', retryAfterMs: 45_000 }],
		['it is away for a time that it says', { status: 503, text: 'no', headers: { 'retry-after': '30' } }, { kind: 'transient' }],
		['it, or a proxy before it, is away', { status: 503, text: 'no' }, { kind: 'ambiguous' }],
		['it failed on the way', refusal(500, 'internal server error'), { kind: 'ambiguous' }],
		['nothing: the connection drops', 'drop', { kind: 'ambiguous' }],
		['nothing at all', 'silence', { kind: 'ambiguous' }],
	])('%s', async (_title, answer, expected) => {
		const outcome = await outcomeAt(service, provider, answer);

		expect(outcome).toMatchObject(expected);
		if (!('deadAddress' in expected)) expect(outcome).not.toHaveProperty('deadAddress');
		expectDiscreet(outcome, [KEY]);
		expect(service.calls).toHaveLength(1);
	});
});

describe('Verifying a SendGrid key', () => {
	it('asks for its scopes and sends nothing', async () => {
		service.answer = { status: 200, json: { scopes: ['mail.send', 'alerts.create', 'alerts.read'] } };

		await expect(provider.verify()).resolves.toBeUndefined();
		expect(service.calls).toMatchObject([{ method: 'GET', path: '/v3/scopes' }]);
	});

	it.each<[string, Answer, string]>([
		['may not send', { status: 200, json: { scopes: ['alerts.read'] } }, 'Give it Mail Send, Full Access'],
		['is not known', refusal(401, 'authorization required'), 'Check the key in the credential'],
	])('says what to do when it %s', async (_title, answer, message) => {
		service.answer = answer;

		const error: unknown = await provider.verify().catch((reason: unknown) => reason);

		expect(error).toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining(message) });
		expectDiscreet(error, [KEY]);
	});
});

describe('A callback of SendGrid', () => {
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const secrets = { verificationKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') };
	const NOW = 1_600_112_600_000;

	function signed(events: unknown, timestamp = String(NOW / 1000)) {
		const body = Buffer.from(`${JSON.stringify(events)}\r\n`);
		const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), privateKey).toString('base64');
		return callback(body, { 'x-twilio-email-event-webhook-signature': signature, 'x-twilio-email-event-webhook-timestamp': timestamp });
	}
	const event = (given: object) => ({
		email: 'ann.marsh@customer.example', timestamp: 1_513_299_569, 'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>', sg_event_id: 'sg_event_id',
		sg_message_id: '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0', category: 'cat facts', journeys_message: 'bXNnLWlkLTEyMzQ1Njc4OQ',
		journeys_recipient: recipientMark('ann.marsh@customer.example'), ...given,
	});
	const read = async (events: object[]) => reportsOf(await sendGridCallbacks.read(signed(events), secrets, NOW));

	it('is believed when it is signed as SendGrid\'s own library says', async () => {
		// packages/eventwebhook of sendgrid/sendgrid-nodejs: key, signature, time and body of a real one.
		const body = `${JSON.stringify([{
			email: 'hello@world.com', event: 'dropped', reason: 'Bounced Address', sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
			sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0', 'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>', timestamp: 1600112492,
		}])}\r\n`;
		const headers = {
			'x-twilio-email-event-webhook-signature': 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
			'x-twilio-email-event-webhook-timestamp': '1600112502',
		};
		const theirs = { verificationKey: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==' };

		expect(reportsOf(await sendGridCallbacks.read(callback(body, headers), theirs, NOW))).toEqual([{
			kind: 'failed', message: null, providerId: 'LRzXl_NHStOGhQ4kofSm_A', address: 'hello@world.com', atMs: 1_600_112_492_000,
			id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA', reason: 'Bounced Address',
		}]);
		expect(await sendGridCallbacks.read(callback(body.trim(), headers), theirs, NOW)).toMatchObject({ kind: 'refused' });
	});

	it.each<[string, object, object | null]>([
		['processed', { event: 'processed' }, null],
		['deferred', { event: 'deferred', response: '400 try again later', attempt: '5' }, null],
		['account_status_change', { event: 'account_status_change', type: 'compliance_suspend' }, null],
		['delivered', { event: 'delivered', response: '250 OK' }, { kind: 'delivered' }],
		['bounce', { event: 'bounce', type: 'bounce', reason: '550 5.1.1 <ann.marsh@customer.example> does not exist', status: '5.1.1' },
			{ kind: 'bounced', bounce: { type: 'hard', category: 'bounce' }, reason: '550 5.1.1 <[address]> does not exist' }],
		['bounce, classified', { event: 'bounce', type: 'bounce', bounce_classification: 'Invalid Address' }, { kind: 'bounced', bounce: { type: 'hard', category: 'invalid-address' } }],
		['bounce for the sender\'s reputation', { event: 'bounce', type: 'bounce', bounce_classification: 'Reputation' }, { kind: 'bounced', bounce: { type: 'soft', category: 'reputation' } }],
		['bounce for a technical failure', { event: 'bounce', type: 'bounce', bounce_classification: 'Technical Failure' }, { kind: 'bounced', bounce: { type: 'soft', category: 'technical-failure' } }],
		['bounce of too many', { event: 'bounce', type: 'bounce', bounce_classification: 'Frequency or Volume Too High' }, { kind: 'bounced', bounce: { type: 'soft', category: 'frequency-or-volume-too-high' } }],
		['bounce of a full mailbox', { event: 'bounce', type: 'bounce', bounce_classification: 'Mailbox Unavailable', status: '5.2.2' }, { kind: 'bounced', bounce: { type: 'soft', category: 'mailbox-unavailable' } }],
		['bounce of a mailbox that is gone', { event: 'bounce', type: 'bounce', bounce_classification: 'Mailbox Unavailable', status: '5.2.1' }, { kind: 'bounced', bounce: { type: 'hard', category: 'mailbox-unavailable' } }],
		['block', { event: 'bounce', type: 'blocked', reason: '552 5.2.2 over quota', status: '5.2.2' }, { kind: 'bounced', bounce: { type: 'soft', category: 'blocked' }, reason: '552 5.2.2 over quota' }],
		['dropped: bounced before', { event: 'dropped', reason: 'Bounced Address', status: '5.0.0' }, { kind: 'failed', reason: 'Bounced Address' }],
		['dropped: unsubscribed', { event: 'dropped', reason: 'Unsubscribed Address' }, { kind: 'failed', reason: 'Unsubscribed Address' }],
		['dropped: no address', { event: 'dropped', reason: 'Invalid' }, { kind: 'bounced', bounce: { type: 'hard', category: 'invalid' }, reason: 'Invalid' }],
		['open', { event: 'open', useragent: 'Mozilla/4.0', ip: '255.255.255.255', sg_machine_open: false }, { kind: 'opened', userAgent: 'Mozilla/4.0' }],
		['open by a machine', { event: 'open', sg_machine_open: true }, { kind: 'opened', machine: true }],
		['click', { event: 'click', url: 'http://www.sendgrid.com/', useragent: 'Mozilla/5.0 (X11)' }, { kind: 'clicked', url: 'http://www.sendgrid.com/', userAgent: 'Mozilla/5.0 (X11)' }],
		['click of which nothing is known', { event: 'click', url: 'http://www.sendgrid.com/' }, { kind: 'clicked', url: 'http://www.sendgrid.com/' }],
		['spamreport', { event: 'spamreport' }, { kind: 'complained' }],
		['unsubscribe', { event: 'unsubscribe' }, { kind: 'unsubscribed' }],
		['group_unsubscribe', { event: 'group_unsubscribe', asm_group_id: 10 }, { kind: 'unsubscribed' }],
		['group_resubscribe', { event: 'group_resubscribe', asm_group_id: 10 }, { kind: 'resubscribed' }],
	])('%s', async (_title, given, expected) => {
		expect(await read([event(given)])).toEqual(expected === null ? [] : [{
			message: 'bXNnLWlkLTEyMzQ1Njc4OQ', providerId: '14c5d75ce93.dfd.64b469', address: 'ann.marsh@customer.example', atMs: 1_513_299_569_000, id: 'sg_event_id', ...expected,
		}]);
	});

	it('tells many at once, and one about somebody in copy as of no message of ours', async () => {
		const reports = await read([event({ event: 'delivered', sg_event_id: 'a' }), event({ event: 'bounce', type: 'bounce', email: 'copy@partner.example', sg_event_id: 'b' }), { event: 'delivered' }]);

		expect(reports).toMatchObject([{ id: 'a', message: 'bXNnLWlkLTEyMzQ1Njc4OQ' }, { id: 'b', message: null, providerId: null, address: 'copy@partner.example' }]);
		expect(reports).toHaveLength(2);
	});

	it('is refused with another body, key, time or none, and when it is too old', async () => {
		const good = signed([event({ event: 'delivered' })]);
		const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
		const kindOf = async (request = good, given = secrets, nowMs = NOW) => (await sendGridCallbacks.read(request, given, nowMs)).kind;

		expect(await kindOf()).toBe('reports');
		expect(await kindOf(good, { verificationKey: publicKey.export({ format: 'pem', type: 'spki' }).toString() })).toBe('reports');
		expect(await kindOf({ ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) })).toBe('refused');
		expect(await kindOf({ ...good, headers: { ...good.headers, 'x-twilio-email-event-webhook-timestamp': '1600112601' } })).toBe('refused');
		expect(await kindOf({ ...good, headers: {} })).toBe('refused');
		expect(await kindOf({ ...good, headers: { ...good.headers, 'x-twilio-email-event-webhook-signature': 'bm8=' } })).toBe('refused');
		for (const verificationKey of [other, '', 'nonsense']) expect(await kindOf(good, { verificationKey })).toBe('refused');
		expect(await kindOf(good, secrets, NOW + 47 * 3_600_000)).toBe('reports');
		expect(await kindOf(good, secrets, NOW + 49 * 3_600_000)).toBe('refused');
		expect(await kindOf(good, secrets, NOW - 3_600_000)).toBe('refused');
	});

	it('that is no list of events cannot be read', async () => {
		expect(await sendGridCallbacks.read(signed({ event: 'delivered' }), secrets, NOW)).toMatchObject({ kind: 'malformed' });
		expect(await read([])).toEqual([]);
	});
});
