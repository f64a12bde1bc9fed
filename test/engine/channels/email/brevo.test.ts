import { brevoCallbacks, createEmailProvider, type CallbackRequest, type DeliveryReport, type EmailProvider } from '../../../../engine/channels';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import { httpService, type Answer, type Service } from '../http-service';
import { email } from '../servers';
import { richEmail } from './rich-email';

const KEY = 'xkeysib-0123456789abcdef';
let service: Service;
let provider: EmailProvider;

beforeEach(async () => {
	service = await httpService({ status: 201, json: { messageId: '<201798300811.5787683@smtp-relay.mailin.fr>' } });
	provider = createEmailProvider({ kind: 'brevo', apiKey: KEY, baseUrl: service.url, timeoutMs: 6_000 });
});
afterEach(async () => {
	await provider.close();
	await service.close();
});

const error = (status: number, code: string, message: string, headers: Record<string, string> = {}): Answer => ({ status, json: { code, message }, headers });
const pdf = { fileName: 'bill.pdf', contentType: 'application/pdf', content: new TextEncoder().encode('%PDF') };

describe('a mail by Brevo', () => {
	it('has everything that it was given, our id and a UUID made of it, and its headers unchanged', async () => {
		const mail = richEmail({ attachments: [pdf] });

		expect(await provider.send(mail)).toEqual({ kind: 'accepted', providerId: '201798300811.5787683@smtp-relay.mailin.fr' });

		const [call] = service.calls;
		expect(call).toMatchObject({ method: 'POST', path: '/smtp/email', headers: { 'api-key': KEY, 'content-type': 'application/json' } });
		expect(call?.json).toEqual({
			sender: { email: 'news@shop.example', name: 'The Shop, "Berlin"' }, to: [{ email: 'ann.marsh@customer.example' }], cc: [{ email: 'copy@customer.example' }], bcc: [{ email: 'archive@shop.example' }],
			replyTo: { email: 'help@shop.example' }, subject: 'Hello', htmlContent: '<p>Hello</p>', textContent: 'Hello',
			headers: {
				'List-Unsubscribe': mail.headers['List-Unsubscribe'], 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
				'X-Mailin-custom': JSON.stringify({ journeys_message: mail.id, journeys_recipient: recipientMark(mail.to) }),
				idempotencyKey: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
			},
			attachment: [{ name: 'bill.pdf', content: Buffer.from('%PDF').toString('base64') }],
		});
	});

	it.each([
		['a key that is none', error(401, 'unauthorized', 'Key not found'), 'account'],
		['an address that it does not know', error(401, 'unauthorized', 'We have detected you are using an unrecognised IP address'), 'account'],
		['an account that is looked at', error(403, 'permission_denied', 'Unable to send email. Your SMTP account is not yet activated.'), 'account'],
		['credits that are used up', error(402, 'not_enough_credits', 'Credits are not sufficient'), 'account'],
		['a sender that is not verified', error(400, 'invalid_parameter', 'Sending has been rejected because the sender you used news@shop.example is not valid.'), 'account'],
		['a subject that is missing', error(400, 'missing_parameter', 'subject is required'), 'permanent'],
		['a file that it does not take', error(400, 'invalid_parameter', 'Unsupported file format of attachment'), 'permanent'],
		['too many requests', error(429, 'too_many_requests', 'Rate limit'), 'transient'],
		['a service that is away for a time that it says', { status: 503, text: '', headers: { 'retry-after': '30' } }, 'transient'],
		['a service, or a proxy before it, that is away', { status: 503, text: '' }, 'ambiguous'],
		['an error of its own', { status: 500, text: '' }, 'ambiguous'],
		['a mail that it has already', error(400, 'duplicate_parameter', 'idempotencyKey has been used'), 'ambiguous'],
		['an answer without an id', { status: 201, json: {} }, 'ambiguous'],
		['a dropped connection', 'drop', 'ambiguous'],
		['no answer', 'silence', 'ambiguous'],
	] as Array<[string, Answer, string]>)('that meets %s: the outcome is sorted as what it is', async (_what, answer, kind) => {
		service.answer = answer;

		expect(await provider.send(email())).toMatchObject({ kind });
	});

	it('whose address is refused is dead, and nothing personal is in the reason', async () => {
		service.answer = error(400, 'invalid_parameter', `email is not valid in to: ann.marsh@customer.example ${KEY}`);

		const outcome = await provider.send(email());

		expect(outcome).toMatchObject({ kind: 'permanent', deadAddress: true });
		expect(JSON.stringify(outcome)).not.toMatch(/ann\.marsh|xkeysib/);
	});

	it.each([
		['Your email account is not allowed to send yet'], ['Email credits have to be bought first'], ['recipient quota of this plan is reached'], ['email is not valid in cc'], ['email is not valid in total'],
	])('that is refused with "%s" fails alone, and no address is dead', async (message) => {
		service.answer = error(400, 'invalid_parameter', message);

		const outcome = await provider.send(email());

		expect([outcome.kind, 'deadAddress' in outcome]).toEqual(['permanent', false]);
	});

	it('waits as long as Brevo says', async () => {
		service.answer = error(429, 'too_many_requests', 'Rate limit', { 'x-sib-ratelimit-reset': '45' });
		expect(await provider.send(email())).toMatchObject({ kind: 'transient', retryAfterMs: 45_000 });
	});

	it('that is lost is given again at once with the same key; that it was there before leaves it unknown', async () => {
		const answers: Answer[] = ['drop', { status: 201, json: { messageId: '<a@b>' } }];
		service.answer = () => answers.shift() ?? 'drop';
		expect(await provider.send(email())).toEqual({ kind: 'accepted', providerId: 'a@b' });
		expect(new Set(service.calls.map(({ body }) => body.toString())).size).toBe(1);

		answers.push('drop', error(400, 'duplicate_parameter', 'idempotencyKey has been used'));
		expect(await provider.send(email())).toMatchObject({ kind: 'ambiguous', reason: expect.stringContaining('already has a mail with this id') as string });
	});

	it('with a picture inside is not sent with a gap in it, and the step says what to do', async () => {
		expect(await provider.send(richEmail())).toMatchObject({ kind: 'account', reason: expect.stringContaining('choose the provider SMTP') as string });
		expect(service.calls).toEqual([]);
	});
});

describe('the test of a Brevo key', () => {
	const account = (enabled: boolean): Answer => ({ status: 200, json: { email: 'a@shop.example', relay: { enabled, data: {} } } });

	it('passes with a key whose account may send', async () => {
		service.answer = account(true);
		await provider.verify();
		expect(service.calls[0]).toMatchObject({ method: 'GET', path: '/account', headers: { 'api-key': KEY } });
	});

	it('fails with a key that is none, and where sending is not activated', async () => {
		service.answer = error(401, 'unauthorized', 'Key not found');
		await expect(provider.verify()).rejects.toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringMatching(/Check the key.*Key not found/) as string });
		service.answer = account(false);
		await expect(provider.verify()).rejects.toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining('not yet activated') as string });
	});
});

describe('a callback of Brevo', () => {
	const secrets = { callbackKey: 'chosen-key' };
	const base = {
		email: 'ann.marsh@customer.example', id: 26224, date: '2026-11-24 10:00:00', ts: 1_795_600_000, ts_event: 1_795_600_000, ts_epoch: 1_795_600_000_123,
		'message-id': '<201798300811.5787683@smtp-relay.mailin.fr>', subject: 'Hello', tags: [],
		'X-Mailin-custom': JSON.stringify({ journeys_message: 'm1', journeys_recipient: recipientMark('ann.marsh@customer.example') }),
	};
	const request = (body: unknown, query: Record<string, string> = { key: 'chosen-key' }, headers: Record<string, string> = {}): CallbackRequest =>
		({ method: 'POST', url: 'https://n8n.example/callbacks/brevo', query, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) });
	const reportsOf = async (body: unknown): Promise<DeliveryReport[]> => {
		const result = await brevoCallbacks.read(request(body), secrets, 0);
		return result.kind === 'reports' ? result.reports : [];
	};

	it.each([
		['delivered', {}, { kind: 'delivered' }],
		['hard_bounce', { reason: '550 5.1.1 ann.marsh@customer.example unknown' }, { kind: 'bounced', bounce: { type: 'hard', category: 'hard_bounce' }, reason: '550 5.1.1 [address] unknown' }],
		['hard_bounce', { reason: '550 5.7.1 message rejected as spam' }, { kind: 'bounced', bounce: { type: 'soft', category: 'hard_bounce' }, reason: '550 5.7.1 message rejected as spam' }],
		['soft_bounce', { reason: 'mailbox full' }, { kind: 'bounced', bounce: { type: 'soft', category: 'soft_bounce' }, reason: 'mailbox full' }],
		['invalid_email', {}, { kind: 'bounced', bounce: { type: 'hard', category: 'invalid_email' } }],
		['blocked', { reason: 'blocked : due to blacklist user' }, { kind: 'failed', reason: 'blocked : due to blacklist user' }],
		['spam', {}, { kind: 'complained' }],
		['unsubscribed', {}, { kind: 'unsubscribed' }],
		['opened', { user_agent: 'Mozilla/5.0 (Macintosh)' }, { kind: 'opened', userAgent: 'Mozilla/5.0 (Macintosh)' }],
		['proxy_open', {}, { kind: 'opened', machine: true }],
		['unique_proxy_open', {}, { kind: 'opened', machine: true }],
		['click', { link: 'https://shop.example/x', user_agent: 'Mozilla/5.0 (X11)' }, { kind: 'clicked', url: 'https://shop.example/x', userAgent: 'Mozilla/5.0 (X11)' }],
	] as Array<[string, object, Partial<DeliveryReport>]>)('tells of this: %s %j', async (event, more, expected) => {
		expect(await reportsOf({ event, ...base, ...more })).toEqual([{
			message: 'm1', providerId: '201798300811.5787683@smtp-relay.mailin.fr', address: 'ann.marsh@customer.example', atMs: 1_795_600_000_123, id: expect.stringMatching(/^.{22}$/) as string, ...expected,
		}]);
	});

	it('tells a first open once, whose event comes beside that of every open, and another open anew', async () => {
		const [all, first, later] = await reportsOf([{ event: 'opened', ...base }, { event: 'unique_opened', ...base }, { event: 'opened', ...base, ts_epoch: 1_795_600_009_000 }]);
		expect(first?.id).toBe(all?.id);
		expect(later?.id).not.toBe(all?.id);
	});

	it('says nothing of what is on its way and of who got a copy, and takes marks of other programs for none', async () => {
		expect(await reportsOf([{ event: 'request', ...base }, { event: 'deferred', ...base }, { event: 'hard_bounce', ...base, email: 'copy@customer.example' }])).toEqual([]);
		expect(await reportsOf({ event: 'delivered', ...base, 'X-Mailin-custom': 'some_custom_header' })).toMatchObject([{ message: null }]);
		expect(await reportsOf({ event: 'delivered', ...base, ts_epoch: undefined })).toMatchObject([{ atMs: 1_795_600_000_000 }]);
	});

	it('is believed with the key alone', async () => {
		const body = { event: 'delivered', ...base };
		expect(await brevoCallbacks.read(request(body, {}, { authorization: 'Bearer chosen-key' }), secrets, 0)).toMatchObject({ kind: 'reports' });
		expect(await brevoCallbacks.read(request(body, { key: 'another' }), secrets, 0)).toMatchObject({ kind: 'refused' });
		expect(await brevoCallbacks.read(request(body, {}), secrets, 0)).toMatchObject({ kind: 'refused' });
		expect(await brevoCallbacks.read(request(body, { key: '' }), { callbackKey: '' }, 0)).toMatchObject({ kind: 'refused' });
		expect(await brevoCallbacks.read(request('no JSON'), secrets, 0)).toMatchObject({ kind: 'malformed' });
	});
});
