import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { createEmailProvider, resendCallbacks, type CallbackRequest, type DeliveryReport, type EmailProvider } from '../../../../engine/channels';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import { httpService, type Answer, type Service } from '../http-service';
import { email } from '../servers';
import { richEmail } from './rich-email';

const KEY = 're_c1tpEyD8_NKFusih9vKVQknRAQfmFcWCv';
let service: Service;
let provider: EmailProvider;

beforeEach(async () => {
	service = await httpService({ status: 200, json: { id: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794' } });
	provider = createEmailProvider({ kind: 'resend', apiKey: KEY, baseUrl: service.url, timeoutMs: 6_000 });
});
afterEach(async () => {
	await provider.close();
	await service.close();
});

const error = (statusCode: number, name: string, message: string, headers: Record<string, string> = {}): Answer => ({ status: statusCode, json: { statusCode, name, message }, headers });

describe('a mail by Resend', () => {
	it('has everything that it was given, our id as tag and key, and its headers unchanged', async () => {
		const mail = richEmail();

		expect(await provider.send(mail)).toEqual({ kind: 'accepted', providerId: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794' });

		const [call] = service.calls;
		expect(call).toMatchObject({ method: 'POST', path: '/emails', headers: { authorization: `Bearer ${KEY}`, 'idempotency-key': mail.id, 'content-type': 'application/json' } });
		expect(call?.json).toEqual({
			from: '"The Shop, \\"Berlin\\"" <news@shop.example>', to: ['ann.marsh@customer.example'], cc: ['copy@customer.example'], bcc: ['archive@shop.example'],
			reply_to: 'help@shop.example', subject: 'Hello', html: '<p>Hello</p>', text: 'Hello',
			headers: { 'List-Unsubscribe': mail.headers['List-Unsubscribe'], 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
			tags: [{ name: 'journeys_message', value: mail.id }, { name: 'journeys_recipient', value: recipientMark(mail.to) }],
			attachments: [
				{ filename: 'bill.pdf', content: Buffer.from('%PDF').toString('base64'), content_type: 'application/pdf' },
				{ filename: 'logo.png', content: 'AQL/', content_type: 'image/png', content_id: 'logo' },
			],
		});
	});

	it.each([
		['a key that is none', error(403, 'invalid_api_key', 'API key is invalid'), 'account'],
		['a key that is missing', error(401, 'missing_api_key', 'Missing API key in the authorization header'), 'account'],
		['a domain that is not verified', error(403, 'validation_error', 'The shop.example domain is not verified.'), 'account'],
		['a sender that is none', error(422, 'validation_error', 'Invalid `from` field. The email address needs to follow the `email@example.com` format.'), 'account'],
		['a quota that is used up', error(429, 'daily_quota_exceeded', 'You have reached your daily email sending quota.'), 'account'],
		['a month\'s quota that is used up', error(429, 'monthly_quota_exceeded', 'You have reached your monthly email sending quota.'), 'account'],
		['an attachment that it does not take', error(422, 'invalid_attachment', 'Attachment must have either a `content` or `path`.'), 'permanent'],
		['a field that it does not take', error(422, 'missing_required_field', 'Missing `subject` field.'), 'permanent'],
		['too many requests', error(429, 'rate_limit_exceeded', 'Too many requests. You can only make 5 requests per second.'), 'transient'],
		['a service that is away for a time that it says', { status: 503, text: '', headers: { 'retry-after': '30' } }, 'transient'],
		['a service, or a proxy before it, that is away', { status: 503, text: 'Service Unavailable' }, 'ambiguous'],
		['an error of its own', error(500, 'internal_server_error', 'An unexpected error occurred.'), 'ambiguous'],
		['a mail with this id in another form', error(409, 'invalid_idempotent_request', 'This idempotency key has already been used.'), 'ambiguous'],
		['an answer without an id', { status: 200, json: {} }, 'ambiguous'],
		['a dropped connection', 'drop', 'ambiguous'],
		['no answer', 'silence', 'ambiguous'],
	] as Array<[string, Answer, string]>)('that meets %s: the outcome is sorted as what it is', async (_what, answer, kind) => {
		service.answer = answer;

		expect(await provider.send(email())).toMatchObject({ kind });
	});

	it('whose address is refused is dead, and nothing personal is in the reason', async () => {
		service.answer = error(422, 'validation_error', `Invalid \`to\` field ann.marsh@customer.example (${KEY}).`);

		const outcome = await provider.send(email());

		expect(outcome).toMatchObject({ kind: 'permanent', deadAddress: true });
		expect(JSON.stringify(outcome)).not.toMatch(/ann\.marsh|re_c1tp/);
		expect(await provider.send(email({ to: 'a@b.example, c@d.example' }))).toMatchObject({ kind: 'permanent' });
		expect(service.calls).toHaveLength(1);
	});

	it('waits as long as Resend says', async () => {
		service.answer = error(429, 'rate_limit_exceeded', 'Too many requests', { 'retry-after': '7', 'ratelimit-reset': '3' });
		expect(await provider.send(email())).toMatchObject({ kind: 'transient', retryAfterMs: 7_000 });
		service.answer = error(429, 'rate_limit_exceeded', 'Too many requests', { 'ratelimit-reset': '3' });
		expect(await provider.send(email())).toMatchObject({ kind: 'transient', retryAfterMs: 3_000 });
	});

	it('that is lost is given again at once with the same key and body, so that it leaves once', async () => {
		const answers: Answer[] = ['drop', error(409, 'concurrent_idempotent_requests', 'Same key is in progress'), { status: 200, json: { id: 'first' } }];
		service.answer = () => answers.shift() ?? 'drop';

		expect(await provider.send(email())).toEqual({ kind: 'accepted', providerId: 'first' });

		expect(new Set(service.calls.map(({ headers, body }) => `${headers['idempotency-key']} ${body.toString()}`)).size).toBe(1);
		expect(service.calls).toHaveLength(3);
	});

	it('that was lost is not taken for unsent because of what a later call gets', async () => {
		const answers: Answer[] = ['drop', error(429, 'rate_limit_exceeded', 'Too many requests'), { status: 503, text: '' }];
		service.answer = () => answers.shift() ?? 'drop';

		expect(await provider.send(email())).toMatchObject({ kind: 'ambiguous' });
	});

	it('cannot be given to a service that nobody runs', async () => {
		await service.close();

		expect(await provider.send(email())).toMatchObject({ kind: 'transient', reason: expect.stringContaining('ECONNREFUSED') as string });
	});
});

describe('a batch by Resend', () => {
	it('is one call, but for mails with files, which go alone, each told in its place', async () => {
		service.answer = ({ path, json }) => (path === '/emails/batch' ? { status: 200, json: { data: [{ id: 'a' }], errors: [{ index: 1, message: 'Invalid `to` field.' }] } } : { status: 200, json: { id: `alone ${(json as { to: string[] }).to[0]}` } });
		const mails = [email({ id: '1' }), richEmail({ id: '2' }), email({ id: '3', to: 'no address' }), email({ id: '4' })];

		expect(await provider.batch?.send(mails)).toMatchObject([
			{ kind: 'accepted', providerId: 'a' }, { kind: 'accepted', providerId: 'alone ann.marsh@customer.example' }, { kind: 'permanent' }, { kind: 'permanent', deadAddress: true },
		]);

		const batch = service.calls.find(({ path }) => path === '/emails/batch');
		expect(batch?.headers).toMatchObject({ 'x-batch-validation': 'permissive', 'idempotency-key': expect.stringMatching(/^.{22}$/) as string });
		expect((batch?.json as Array<{ tags: Array<{ value: string }> }>).map(({ tags }) => tags[0]?.value)).toEqual(['1', '4']);
	});

	it('that is refused as a whole was not taken: its mails go alone, and only the one at fault fails', async () => {
		const refusal = error(422, 'validation_error', 'Invalid `to` field. The email address needs to follow the `email@example.com` format.');
		const isBad = (json: unknown) => (json as { to: string[] }).to[0] === 'bad@customer.example';
		service.answer = ({ path, json }) => (path === '/emails/batch' || isBad(json) ? refusal : { status: 200, json: { id: `alone ${(json as { to: string[] }).to[0]}` } });

		const outcomes = await provider.batch?.send(['1', 'bad', '3'].map((id) => email({ id, to: `${id}@customer.example` })));

		expect(outcomes).toMatchObject([{ kind: 'accepted', providerId: 'alone 1@customer.example' }, { kind: 'permanent', deadAddress: true }, { kind: 'accepted', providerId: 'alone 3@customer.example' }]);
		expect(service.calls.map(({ path, headers }) => [path, headers['idempotency-key']]).slice(1)).toEqual([['/emails', '1'], ['/emails', 'bad'], ['/emails', '3']]);
	});

	it('takes mails without files up to the first with some, and of those as many as there are connections', () => {
		const [plain, rich] = [email(), richEmail()];

		expect([[plain, plain, rich, plain], [rich, rich, plain], [rich], Array.from({ length: 9 }, () => rich)].map((mails) => provider.batch?.fits?.(mails))).toEqual([2, 2, 1, 5]);
	});

	it('that is refused as a whole fails nobody for whose mail no time is left', async () => {
		const one = createEmailProvider({ kind: 'resend', apiKey: KEY, baseUrl: service.url, timeoutMs: 12_000, connections: 1 });
		service.answer = async ({ path }) => {
			if (path === '/emails/batch') return error(400, 'validation_error', 'Invalid `to` field.');
			// Begun after the batch's quarter of the time-out, so that it is over later, however busy the machine is.
			await delay(3_000);
			return { status: 200, json: { id: 'alone' } };
		};

		const outcomes = await one.batch?.send([email({ id: '1' }), email({ id: '2' }), email({ id: '3' })]);
		await one.close();

		expect(outcomes).toMatchObject([{ kind: 'accepted' }, { kind: 'transient' }, { kind: 'transient' }]);
	});

	it('whose sender is refused waits for a person, and none of its mails is tried alone', async () => {
		service.answer = error(422, 'validation_error', 'Invalid `from` field.');

		expect(await provider.batch?.send([email({ id: '1' }), email({ id: '2' })])).toMatchObject([{ kind: 'account' }, { kind: 'account' }]);
		expect(service.calls).toHaveLength(1);
	});

	it('with files keeps to a time that four does not divide', async () => {
		const odd = createEmailProvider({ kind: 'resend', apiKey: KEY, baseUrl: service.url, timeoutMs: 30_001 });

		expect(await odd.batch?.send([richEmail()])).toMatchObject([{ kind: 'accepted' }]);
		await odd.close();
	});

	it.each([
		['no list of errors', { data: [{ id: 'a' }, { id: 'b' }], errors: null }], ['an empty one', { data: [{ id: 'a' }, { id: 'b' }], errors: [] }],
	])('is told in full by %s', async (_what, json) => {
		service.answer = { status: 200, json };

		expect(await provider.batch?.send([email({ id: '1' }), email({ id: '2' })])).toEqual([{ kind: 'accepted', providerId: 'a' }, { kind: 'accepted', providerId: 'b' }]);
	});

	it.each([
		['too few', { data: [{ id: 'a' }] }], ['an error that is none', { data: [{ id: 'a' }, { id: 'b' }], errors: [null] }], ['errors that are no list', { data: [{ id: 'a' }], errors: { index: 1 } }],
		['no list of mails', { data: null, errors: null }],
	])('whose answer cannot be matched with its mails is unknown as a whole: %s', async (_what, json) => {
		service.answer = { status: 200, json };

		expect(await provider.batch?.send([email({ id: '1' }), email({ id: '2' })])).toMatchObject([{ kind: 'ambiguous' }, { kind: 'ambiguous' }]);
	});
});

describe('the test of a Resend key', () => {
	it('passes with a key for everything and with one that may only send', async () => {
		service.answer = { status: 200, json: { object: 'list', has_more: false, data: [] } };
		await provider.verify();
		service.answer = error(401, 'restricted_api_key', 'This API key is restricted to only send emails');
		await provider.verify();
		expect(service.calls[0]).toMatchObject({ method: 'GET', path: '/domains' });
	});

	it('fails with a key that is none, and says what to do', async () => {
		service.answer = error(401, 'invalid_api_key', `API key ${KEY} is invalid`);
		const failed = provider.verify();
		await expect(failed).rejects.toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringMatching(/Check the key.*\[secret\]/) as string });
	});
});

describe('a callback of Resend', () => {
	const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`;
	const NOW = Date.parse('2026-11-24T10:00:00Z');
	const data = { email_id: '56761188-7520-42d8-8898-ff6fc54ce618', created_at: '2026-11-24T09:58:00.000Z', from: 'Shop <news@shop.example>', to: ['ann.marsh@customer.example'], subject: 'Hello', tags: { journeys_message: 'm1', journeys_recipient: recipientMark('ann.marsh@customer.example') } };
	const event = (type: string, more: object = {}) => ({ type, created_at: '2026-11-24T09:59:00.000Z', data: { ...data, ...more } });

	function signed(body: object, given: { secret?: string; atMs?: number; before?: string } = {}): CallbackRequest {
		const text = JSON.stringify(body);
		const timestamp = String(Math.floor((given.atMs ?? NOW) / 1000));
		const key = Buffer.from((given.secret ?? SECRET).replace('whsec_', ''), 'base64');
		const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.${text}`).digest('base64');
		return { method: 'POST', url: 'https://n8n.example/callbacks/resend', query: {}, headers: { 'svix-id': 'msg_1', 'svix-timestamp': timestamp, 'svix-signature': `${given.before ?? ''}v1,${signature}` }, body: Buffer.from(text) };
	}
	const read = (request: CallbackRequest) => resendCallbacks.read(request, { signingSecret: SECRET }, NOW);

	it.each([
		['delivered', event('email.delivered'), { kind: 'delivered' }],
		['hard bounce', event('email.bounced', { bounce: { type: 'Permanent', subType: 'NoEmail', message: 'ann.marsh@customer.example is unknown', diagnosticCode: ['smtp; 550 5.1.1 user unknown'] } }), { kind: 'bounced', bounce: { type: 'hard', category: 'no-email' }, reason: '[address] is unknown' }],
		['soft bounce', event('email.bounced', { bounce: { type: 'Transient', subType: 'MailboxFull', message: 'full', diagnosticCode: [] } }), { kind: 'bounced', bounce: { type: 'soft', category: 'mailbox-full' }, reason: 'full' }],
		['bounce that blames no address', event('email.bounced', { bounce: { type: 'Permanent', subType: 'General', message: 'spam', diagnosticCode: ['smtp; 550 5.7.1 blocked'] } }), { kind: 'bounced', bounce: { type: 'soft', category: 'general' }, reason: 'spam' }],
		['complaint', event('email.complained'), { kind: 'complained' }],
		['open', event('email.opened'), { kind: 'opened' }],
		['click', event('email.clicked', { click: { ipAddress: '1.2.3.4', link: 'https://shop.example/x', timestamp: '2026-11-24T09:58:30.000Z', userAgent: 'x' } }), { kind: 'clicked', url: 'https://shop.example/x', userAgent: 'x', atMs: Date.parse('2026-11-24T09:58:30Z') }],
		['failure', event('email.failed', { failed: { reason: 'reached_daily_quota' } }), { kind: 'failed', reason: 'reached_daily_quota' }],
		['suppression of its own', event('email.suppressed', { suppressed: { message: 'previous bounce', reason: 'previous_bounce', type: 'Suppressed', diagnosticCode: [] } }), { kind: 'failed', reason: 'previous bounce' }],
	] as Array<[string, object, Partial<DeliveryReport>]>)('tells of this: %s', async (_what, body, expected) => {
		expect(await read(signed(body))).toEqual({ kind: 'reports', reports: [{
			message: 'm1', providerId: data.email_id, address: 'ann.marsh@customer.example', atMs: Date.parse('2026-11-24T09:59:00Z'), id: 'msg_1', ...expected,
		}] });
	});

	it('says nothing of what is on its way, of other programs\' mails more than there is, and nothing of who got a copy', async () => {
		expect(await read(signed(event('email.sent')))).toEqual({ kind: 'reports', reports: [] });
		expect(await read(signed(event('email.delivered', { tags: [{ name: 'category', value: 'x' }] })))).toMatchObject({ reports: [{ message: null, providerId: data.email_id }] });
		expect(await read(signed(event('email.bounced', { to: ['copy@customer.example'], bounce: {} })))).toEqual({ kind: 'reports', reports: [] });
	});

	it('is believed by one of several signatures, not with another secret, body or day, nor unsigned', async () => {
		const right = signed(event('email.delivered'), { before: 'v1,bm90aGlz v2,xx ' });
		expect(await read(right)).toMatchObject({ kind: 'reports' });
		for (const wrong of [
			signed(event('email.delivered'), { secret: `whsec_${Buffer.from('another').toString('base64')}` }), { ...right, body: Buffer.from('{}') }, { ...right, headers: {} },
			signed(event('email.delivered'), { atMs: NOW - 6 * 60_000 }), { ...right, headers: { ...right.headers, 'svix-timestamp': 'x' } },
		]) expect(await read(wrong)).toMatchObject({ kind: 'refused' });
		expect(await resendCallbacks.read(right, { signingSecret: '' }, NOW)).toMatchObject({ kind: 'refused' });
	});

	it('that is no event is malformed', async () => {
		expect(await read(signed([]))).toMatchObject({ kind: 'malformed' });
	});
});
