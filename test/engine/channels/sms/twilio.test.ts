import { createHmac } from 'node:crypto';

import { twilioCallbacks } from '../../../../engine/channels/sms/twilio-callbacks';
import type { Answer } from '../http-service';
import type { SendOutcome, TwilioConfig } from '../../../../engine/channels/types';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const SID = 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const TOKEN = '12345678901234567890123456789012';
const config = (baseUrl: string): TwilioConfig => ({ kind: 'twilio', accountSid: SID, authToken: TOKEN, baseUrl, timeoutMs: 30_000 });

// https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
const CREATED = { sid: 'SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', status: 'queued', account_sid: SID, error_code: null, error_message: null };
const refusal = (code: number, message: string, status = 400): Answer => ({ status, json: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } });

describe('Twilio', () => {
	it('takes a message as a form, as the account, and gives its SID', async () => {
		const { outcome, calls } = await sendOnce(config, { status: 201, json: CREATED }, outgoing({ mediaUrls: ['https://cdn.example/a.jpg', 'https://cdn.example/b.jpg'] }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: CREATED.sid });
		expect(calls).toMatchObject([{ method: 'POST', path: `/2010-04-01/Accounts/${SID}/Messages.json` }]);
		expect(calls[0]?.headers.authorization).toBe(`Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`);
		expect([...calls[0]!.form]).toEqual([
			['To', TO], ['From', '+15005550006'], ['Body', 'Hello'], ['MediaUrl', 'https://cdn.example/a.jpg'], ['MediaUrl', 'https://cdn.example/b.jpg'],
			['StatusCallback', 'https://shop.example/j/callbacks/x?message=msg-1'],
		]);
	});

	it('sends by a messaging service, and logs in by an API key', async () => {
		const service = 'MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
		const { calls } = await sendOnce((url) => ({ ...config(url), apiKey: 'SK1', apiKeySecret: 'shh' }), { status: 201, json: CREATED }, outgoing({ from: service }));

		expect(calls[0]?.form.get('MessagingServiceSid')).toBe(service);
		expect(calls[0]?.form.has('From')).toBe(false);
		expect(calls[0]?.headers.authorization).toBe(`Basic ${Buffer.from('SK1:shh').toString('base64')}`);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['an invalid number', refusal(21211, `The 'To' number ${TO} is not a valid phone number.`), { kind: 'permanent', deadAddress: true }],
		['a number that is no mobile one', refusal(21614, `'To' number ${TO} is not a valid mobile number`), { kind: 'permanent', deadAddress: true }],
		['a person who has answered STOP', refusal(21610, 'Attempt to send to unsubscribed recipient'), { kind: 'permanent', optedOut: true }],
		['a country that is not allowed', refusal(21408, 'Permission to send an SMS has not been enabled for the region'), { kind: 'permanent' }],
		['a sender that is not ours', refusal(21606, 'The From phone number is not a valid, SMS-capable inbound phone number'), { kind: 'account' }],
		['a full queue', refusal(21611, 'This From number has exceeded the maximum number of queued messages', 429), { kind: 'transient' }],
		['a wrong token', refusal(20003, 'Authenticate', 401), { kind: 'account' }],
		['a wrong account', refusal(20404, 'The requested resource was not found', 404), { kind: 'account' }],
		['a refusal that is not in the list', refusal(21699, 'Something new'), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('optedOut' in outcome).toBe('optedOut' in expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|1234567890123456/);
	});

	it('is tested by reading the account', async () => {
		const right = await verifyOnce(config, { status: 200, json: { sid: SID, status: 'active' } });
		const wrong = await verifyOnce(config, refusal(20003, 'Authenticate', 401));

		expect(right).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: `/2010-04-01/Accounts/${SID}.json` }] });
		expect(wrong.error).toMatch(/^Twilio refused the login \(401\).*Authenticate/);
	});
});

describe('callbacks of Twilio', () => {
	const URL_OF = 'https://shop.example/j/callbacks/twilio?message=msg-1';
	const read = (fields: Record<string, string>, { url = URL_OF, signedUrl = url, token = TOKEN, ...headers }: Record<string, string> = {}) => {
		const form = new URLSearchParams(fields);
		const signature = createHmac('sha1', token).update(signedUrl + [...form.keys()].sort().map((name) => name + form.get(name)).join('')).digest('base64');
		return twilioCallbacks.read(callback({ url, body: form.toString(), headers: { 'x-twilio-signature': signature, ...headers } }), { authToken: TOKEN }, 0);
	};
	const status = (MessageStatus: string, more: Record<string, string> = {}) => ({ MessageSid: 'SM1', SmsSid: 'SM1', SmsStatus: MessageStatus, MessageStatus, To: TO, From: '+15005550006', AccountSid: SID, ApiVersion: '2010-04-01', ...more });

	it('believes the signature of Twilio\'s own example, and no other', async () => {
		// https://www.twilio.com/docs/usage/security#validating-signatures-from-twilio, with a message among the fields.
		const example = { CallSid: 'CA1234567890ABCDE', Caller: '+14158675309', Digits: '1234', From: '+14158675309', To: '+18005551212' };
		const request = callback({ url: 'https://mycompany.com/myapp.php?foo=1&bar=2', body: new URLSearchParams(example).toString(), headers: { 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' } });

		expect(await twilioCallbacks.read(request, { authToken: '12345' }, 0)).toMatchObject({ kind: 'malformed' });
		expect(await twilioCallbacks.read(request, { authToken: '12346' }, 0)).toMatchObject({ kind: 'refused' });
	});

	it.each<[string, Record<string, string>, object | null]>([
		['delivered', status('delivered'), { kind: 'delivered' }],
		['still on its way', status('sent'), null],
		['an unknown number', status('undelivered', { ErrorCode: '30005' }), { kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, reason: 'Twilio error 30005' }],
		['a landline', status('undelivered', { ErrorCode: '30006' }), { kind: 'bounced', bounce: { type: 'hard', category: 'landline' } }],
		['a phone that is off', status('undelivered', { ErrorCode: '30003' }), { kind: 'bounced', bounce: { type: 'soft', category: 'unreachable' } }],
		['a carrier\'s filter', status('undelivered', { ErrorCode: '30007' }), { kind: 'bounced', bounce: { type: 'soft', category: 'filtered' } }],
		['an opt-out that Twilio knew of', status('failed', { ErrorCode: '21610' }), { kind: 'unsubscribed' }],
		['a failure at Twilio itself', status('failed', { ErrorCode: '30002' }), { kind: 'failed', reason: 'Twilio error 30002' }],
	])('tells of %s', async (_what, fields, report) => {
		const result = await read(fields);

		expect(result).toEqual({ kind: 'reports', reports: report === null ? [] : [expect.objectContaining({ message: 'msg-1', providerId: 'SM1', address: TO, id: `SM1:${fields.MessageStatus}`, ...report })] });
	});

	it.each<[string, Record<string, string>, object]>([
		['an answer', { Body: 'Where is my order?' }, { kind: 'replied', text: 'Where is my order?' }],
		['STOP', { Body: ' Stop. ' }, { kind: 'unsubscribed' }],
		['what Twilio took for STOP', { Body: 'no more', OptOutType: 'STOP' }, { kind: 'unsubscribed' }],
		['START', { Body: 'START' }, { kind: 'resubscribed' }],
		['HELP', { Body: 'HELP', OptOutType: 'HELP' }, { kind: 'replied', text: 'HELP', keyword: 'help' }],
	])('tells of %s that came in', async (_what, fields, report) => {
		const result = await read({ MessageSid: 'SM2', SmsSid: 'SM2', SmsStatus: 'received', From: TO, To: '+15005550006', ...fields });

		expect(result).toEqual({ kind: 'reports', reports: [{ message: null, providerId: null, address: TO, to: '+15005550006', atMs: null, id: 'in:SM2', ...report }] });
	});

	it('believes nothing with a wrong or missing signature, or with other fields than were signed', async () => {
		const wrong = await read(status('delivered'), { token: 'another' });
		const elsewhere = await read(status('delivered'), { signedUrl: 'https://evil.example/j/callbacks/twilio?message=msg-1' });
		const missing = await twilioCallbacks.read(callback({ body: new URLSearchParams(status('delivered')).toString() }), { authToken: TOKEN }, 0);

		expect([wrong, elsewhere, missing].map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
	});

	it('takes the address with its usual port, as Twilio signs it behind some proxies', async () => {
		expect((await read(status('delivered'), { signedUrl: 'https://shop.example:443/j/callbacks/twilio?message=msg-1' })).kind).toBe('reports');
	});
});
