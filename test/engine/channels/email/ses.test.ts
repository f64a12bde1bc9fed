import { createHash, createHmac } from 'node:crypto';

import { createSesProvider } from '../../../../engine/channels';
import type { SesConfig, SesProvider } from '../../../../engine/channels';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import { httpService, type Answer, type Service, type ServiceCall } from '../http-service';
import { email } from '../servers';
import { BYTES, expectDiscreet, fullEmail, headerLines, outcomeAt, partOf, UNSUBSCRIBE } from './samples';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
const ID = '010001850f4ba6f5-6c3c4a4a-9a4e-4c5c-9a9b-3e9f4c1f2a2b-000000';
const ACCEPTED: Answer = { status: 200, json: { MessageId: ID } };
const refusal = (status: number, code: string, message: string, headers: Record<string, string> = {}): Answer => ({ status, json: { message }, headers: { 'x-amzn-ErrorType': code, ...headers } });

let service: Service;
let provider: SesProvider;

beforeEach(async () => {
	service = await httpService(ACCEPTED);
	provider = open();
});
afterEach(async () => {
	await provider.close();
	await service.close();
});

function open(given: Partial<SesConfig> = {}): SesProvider {
	return createSesProvider({ kind: 'ses', region: 'eu-west-1', accessKeyId: KEY_ID, secretAccessKey: SECRET, baseUrl: service.url, timeoutMs: 6_000, ...given });
}

/** Signature Version 4 once more, from its description, over what arrived. */
function expectedAuthorization({ method, path, headers, body }: ServiceCall): string {
	const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
	const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
	const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
	const at = headers['x-amz-date'] ?? '';
	const scope = `${at.slice(0, 8)}/eu-west-1/ses/aws4_request`;
	const canonical = [method, path, '', ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), sha256(body)].join('\n');
	const key = [at.slice(0, 8), 'eu-west-1', 'ses', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
	const signature = createHmac('sha256', key).update(['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')).digest('hex');
	return `AWS4-HMAC-SHA256 Credential=${KEY_ID}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

interface Sent {
	Content: { Raw: { Data: string } };
}

describe('A mail by Amazon SES', () => {
	it('is a raw MIME message for each recipient, with our id as a tag and the tracking of SES off', async () => {
		const outcome = await provider.send(fullEmail());

		expect(outcome).toEqual({ kind: 'accepted', providerId: ID });
		const [call] = service.calls;
		expect(call).toMatchObject({ method: 'POST', path: '/v2/email/outbound-emails', headers: { 'content-type': 'application/json' } });
		const { Content, ...rest } = call?.json as Sent;
		expect(rest).toEqual({
			Destination: { ToAddresses: ['ann.marsh@customer.example'], CcAddresses: ['copy@partner.example'], BccAddresses: ['archive@shop.example'] },
			EmailTags: [{ Name: 'journeys_message', Value: 'bXNnLWlkLTEyMzQ1Njc4OQ' }, { Name: 'journeys_recipient', Value: recipientMark('ann.marsh@customer.example') }],
			ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: 'DISABLED', ClickTrackingEnabled: 'DISABLED' } },
		});
		const raw = Buffer.from(Content.Raw.Data, 'base64').toString();
		expect(headerLines(raw, 'From')).toEqual(['From: The Shop <news@shop.example>']);
		expect(headerLines(raw, 'Reply-To')).toEqual(['Reply-To: help@shop.example']);
		expect(headerLines(raw, 'Cc')).toEqual(['Cc: copy@partner.example']);
		expect(headerLines(raw, 'List-Unsubscribe')).toEqual([`List-Unsubscribe: ${UNSUBSCRIBE}`]);
		expect(headerLines(raw, 'List-Unsubscribe-Post')).toEqual(['List-Unsubscribe-Post: List-Unsubscribe=One-Click']);
		expect(raw).not.toContain('archive@shop.example');
		expect(partOf(raw, 'application/pdf')).toEqual(Buffer.from(BYTES));
		expect(partOf(raw, 'Content-ID: <logo>')).toEqual(Buffer.from(BYTES.subarray(0, 20)));
	});

	it('is signed over what arrives', async () => {
		const temporary = open({ sessionToken: 'IQoJb3JpZ2luX2Vj' });
		await provider.send(fullEmail());
		await temporary.send(fullEmail());
		await temporary.close();

		const [lasting, withToken] = service.calls;
		expect(lasting?.headers.authorization).toBe(expectedAuthorization(lasting!));
		expect(lasting?.headers.authorization).toMatch(/SignedHeaders=[^,]*host/);
		expect(lasting?.headers).not.toHaveProperty('x-amz-security-token');
		expect(withToken?.headers['x-amz-security-token']).toBe('IQoJb3JpZ2luX2Vj');
		expect(withToken?.headers.authorization).toBe(expectedAuthorization(withToken!));
		expect(withToken?.headers.authorization).toContain('x-amz-security-token');
	});

	it('goes by the configuration set of the credential', async () => {
		const set = open({ configurationSet: 'journeys' });
		await set.send(email({ to: 'ann@grüße.example' }));
		await set.close();

		expect(service.calls[0]?.json).toMatchObject({ ConfigurationSetName: 'journeys', Destination: { ToAddresses: ['ann@xn--gre-6ka8l.example'] } });
	});

	it.each(['a@a.example, b@b.example', 'änn@customer.example'])('to %s asks nobody', async (to) => {
		expect(await provider.send(email({ to }))).toMatchObject({ kind: 'permanent' });
		expect(service.calls).toEqual([]);
	});

	it('that comes too fast is tried again within the same send', async () => {
		let calls = 0;
		service.answer = () => (++calls < 3 ? refusal(429, 'TooManyRequestsException', 'Maximum sending rate exceeded.') : ACCEPTED);

		expect(await provider.send(email())).toEqual({ kind: 'accepted', providerId: ID });
		expect(calls).toBe(3);
	});

	it('again and again waits for somebody to lower the connections', async () => {
		service.answer = refusal(429, 'TooManyRequestsException', 'Maximum sending rate exceeded.');

		expect(await provider.send(email())).toMatchObject({ kind: 'transient', reason: expect.stringContaining('Fewer Connections') });
		expect(service.calls.length).toBeGreaterThan(1);
		// Within half of the time-out.
		expect(service.calls.length).toBeLessThan(5);
	});
});

describe('What Amazon SES answers', () => {
	it.each<[string, Answer, object]>([
		['too many, with Retry-After', refusal(429, 'SomeNewException', 'Slow down', { 'Retry-After': '20' }), { kind: 'transient', retryAfterMs: 20_000 }],
		['too many in a day', refusal(429, 'TooManyRequestsException', 'Daily message quota exceeded.'), { kind: 'account', reason: expect.stringContaining('24 hours are used up') }],
		['a limit', refusal(400, 'LimitExceededException', 'Limit'), { kind: 'account' }],
		['the sender is not verified', refusal(400, 'MessageRejected', 'Email address is not verified. The following identities failed the check in region EU-WEST-1: news@shop.example, ann.marsh@customer.example'), { kind: 'account', reason: expect.stringContaining('production access') }],
		['an address that bounced', refusal(400, 'MessageRejected', 'Address blacklisted.'), { kind: 'permanent', deadAddress: true }],
		['the message is rejected', refusal(400, 'MessageRejected:http://internal.amazon.com/coral/com.amazonaws.sesv2/', 'Transaction failed: File too large'), { kind: 'permanent' }],
		['sending is paused', refusal(400, 'SendingPausedException', 'Sending paused'), { kind: 'account' }],
		['the account is suspended', refusal(400, 'AccountSuspendedException', 'Suspended'), { kind: 'account' }],
		['MAIL FROM is not verified', refusal(400, 'MailFromDomainNotVerifiedException', 'Not verified'), { kind: 'account', reason: expect.stringContaining('DNS records') }],
		['no such configuration set', refusal(404, 'NotFoundException', 'Configuration set <x> does not exist.'), { kind: 'account', reason: expect.stringContaining('Check Configuration Set') }],
		['a bad request', refusal(400, 'BadRequestException', 'Local address contains control or whitespace'), { kind: 'permanent' }],
		['no such key', refusal(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'), { kind: 'account', reason: expect.stringContaining('Check access key') }],
		['a wrong secret', { status: 403, json: { __type: 'com.amazon.coral.service#InvalidSignatureException', message: `The request signature for ${KEY_ID} does not match.` } }, { kind: 'account', reason: expect.stringContaining('secret access key') }],
		['an expired token', refusal(403, 'ExpiredTokenException', 'The security token included in the request is expired'), { kind: 'account', reason: expect.stringContaining('temporary keys') }],
		['no right', refusal(403, 'AccessDeniedException', 'User is not authorized to perform ses:SendEmail'), { kind: 'account', reason: expect.stringContaining('ses:SendRawEmail') }],
		['another refusal of the login', { status: 403, json: { message: 'Missing Authentication Token' } }, { kind: 'account' }],
		['it is away for a time that it says', { status: 503, text: 'no', headers: { 'retry-after': '30' } }, { kind: 'transient' }],
		['it, or a proxy before it, is away', { status: 503, text: 'no' }, { kind: 'ambiguous' }],
		['it failed on the way', refusal(500, 'InternalFailure', 'oops'), { kind: 'ambiguous' }],
		['something that is no answer', { status: 200, json: {} }, { kind: 'ambiguous' }],
		['nothing: the connection drops', 'drop', { kind: 'ambiguous' }],
		['nothing at all', 'silence', { kind: 'ambiguous' }],
	])('%s', async (_title, answer, expected) => {
		const outcome = await outcomeAt(service, provider, answer);

		expect(outcome).toMatchObject(expected);
		if (!('deadAddress' in expected)) expect(outcome).not.toHaveProperty('deadAddress');
		expectDiscreet(outcome, [SECRET, KEY_ID]);
		expect(service.calls).toHaveLength(1);
	});
});

describe('An address that Amazon SES has on its list', () => {
	it('is not the person\'s for certain where the mail has copies: one word covers them all', async () => {
		service.answer = refusal(400, 'MessageRejected', 'Address blacklisted.');
		const outcomes = [await provider.send(email({ cc: ['copy@partner.example'] })), await provider.send(email())];

		expect(outcomes.map((outcome) => [outcome.kind, 'deadAddress' in outcome])).toEqual([['permanent', false], ['permanent', true]]);
	});
});

describe('Verifying an account of Amazon SES', () => {
	const account = (given: object = {}): Answer => ({
		status: 200,
		json: { EnforcementStatus: 'HEALTHY', ProductionAccessEnabled: true, SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 12 }, SendingEnabled: true, ...given },
	});

	it('asks for the account, signed, and tells what it may send', async () => {
		service.answer = account();

		await expect(provider.verify()).resolves.toBeUndefined();
		expect(await provider.account()).toEqual({ sandbox: false, standing: 'HEALTHY', perDay: 50_000, sentToday: 12, perSecond: 14 });
		expect(service.calls[0]).toMatchObject({ method: 'GET', path: '/v2/email/account' });
		expect(service.calls[0]?.headers.authorization).toBe(expectedAuthorization(service.calls[0]!));
	});

	it('tells of the sandbox, which sends to verified addresses', async () => {
		service.answer = account({ ProductionAccessEnabled: false });

		expect(await provider.account()).toMatchObject({ sandbox: true });
	});

	it.each<[string, Answer, string]>([
		['sending is switched off', account({ SendingEnabled: false }), 'Switch it on in the SES console'],
		['the account is shut down', account({ EnforcementStatus: 'SHUTDOWN' }), 'Open the case'],
		['the key may not ask', refusal(403, 'AccessDeniedException', 'not authorized to perform: ses:GetAccount'), 'Allow it ses:GetAccount for this test'],
		['the key is not known', refusal(403, 'UnrecognizedClientException', 'invalid'), 'Check access key, secret'],
		['the clock is wrong', refusal(403, 'InvalidSignatureException', 'Signature expired'), 'clock of this machine'],
	])('says what to do when %s', async (_title, answer, message) => {
		service.answer = answer;

		const error: unknown = await provider.verify().catch((reason: unknown) => reason);

		expect(error).toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining(message) });
		expectDiscreet(error, [SECRET, KEY_ID]);
	});

	it.each<[string, Answer, string | null]>([
		['is there', { status: 200, json: { ConfigurationSetName: 'journeys', SendingOptions: { SendingEnabled: true } } }, null],
		['may not be looked at', refusal(403, 'AccessDeniedException', 'no'), null],
		['is not there', refusal(404, 'NotFoundException', 'no'), 'knows no configuration set \'journeys\' in eu-west-1'],
		['does not send', { status: 200, json: { SendingOptions: { SendingEnabled: false } } }, 'is switched off'],
	])('looks after the configuration set: it %s', async (_title, answer, message) => {
		service.answer = ({ path }) => (path === '/v2/email/configuration-sets/journeys' ? answer : account());
		const set = open({ configurationSet: 'journeys' });

		const error: unknown = await set.verify().catch((reason: unknown) => reason);
		await set.close();

		if (message === null) expect(error).toBeUndefined();
		else expect(error).toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining(message) });
		expect(service.calls).toHaveLength(2);
	});
});
