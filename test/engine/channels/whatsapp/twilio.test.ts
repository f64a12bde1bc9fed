import { createHmac } from 'node:crypto';

import { twilioCallbacks } from '../../../../engine/channels/sms/twilio-callbacks';
import type { SendOutcome, TwilioConfig, WhatsAppBody } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON } from '../sms/bench';
import { outgoing, sendOnce, template, TO, verifyOnce } from './bench';

const SID = 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const TOKEN = '12345678901234567890123456789012';
const FROM = '+14155238886';
const CONTENT = 'HXb5b62575e6e4ff6129ad7c8efe1f983e';
const config = (baseUrl: string): TwilioConfig => ({ kind: 'twilio', accountSid: SID, authToken: TOKEN, baseUrl, timeoutMs: 30_000 });
// https://www.twilio.com/docs/whatsapp/api
const CREATED = { sid: 'SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', status: 'queued', from: `whatsapp:${FROM}`, to: `whatsapp:${TO}`, error_code: null };
const refusal = (code: number, message: string, status = 400): Answer => ({ status, json: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } });

describe('WhatsApp through Twilio', () => {
	it.each<[string, WhatsAppBody, Array<[string, string]>]>([
		['a text', { kind: 'text', text: 'Hello', previewUrl: true }, [['Body', 'Hello']]],
		['a picture', { kind: 'media', type: 'image', url: 'https://cdn.example/a.jpg', caption: 'Look', fileName: '' }, [['Body', 'Look'], ['MediaUrl', 'https://cdn.example/a.jpg']]],
		['a template', template({ id: CONTENT, body: [{ name: '', text: 'Pablo' }, { name: 'order', text: '7' }] }), [['ContentSid', CONTENT], ['ContentVariables', '{"1":"Pablo","order":"7"}']]],
		['a template without variables', template({ id: CONTENT }), [['ContentSid', CONTENT]]],
	])('takes %s as a form, and gives its SID', async (_what, body, fields) => {
		const { outcome, calls } = await sendOnce(config, { status: 201, json: CREATED }, outgoing({ from: FROM, body, callbackUrl: 'https://shop.example/j/callbacks/twilio?message=msg-1' }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: CREATED.sid });
		expect(calls).toMatchObject([{ method: 'POST', path: `/2010-04-01/Accounts/${SID}/Messages.json` }]);
		expect([...calls[0]!.form]).toEqual([['To', `whatsapp:${TO}`], ['From', `whatsapp:${FROM}`], ...fields, ['StatusCallback', 'https://shop.example/j/callbacks/twilio?message=msg-1']]);
	});

	it('is sent by a messaging service as that is', async () => {
		const service = 'MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
		const { calls } = await sendOnce(config, { status: 201, json: CREATED }, outgoing({ from: service }));

		expect(calls[0]?.form.get('MessagingServiceSid')).toBe(service);
		expect(calls[0]?.form.has('From')).toBe(false);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a window that is closed', refusal(63016, 'Failed to send freeform message because you are outside the allowed window.'), { kind: 'permanent' }],
		['a number that is not on WhatsApp', refusal(63003, `Channel could not find To address ${TO}`), { kind: 'permanent' }],
		['a sender that is not ours', refusal(63007, 'Twilio could not find a Channel with the specified From address'), { kind: 'account' }],
		['another number of variables', refusal(63028, 'Number of parameters provided does not match the expected number of parameters'), { kind: 'account' }],
		['too many messages', refusal(63018, 'Rate limit exceeded for Channel', 429), { kind: 'transient' }],
		['an invalid number', refusal(21211, 'Invalid To'), { kind: 'permanent', deadAddress: true }],
		['somebody who has answered STOP', refusal(21610, 'Attempt to send to unsubscribed recipient'), { kind: 'permanent', optedOut: true }],
		['a wrong token', refusal(20003, 'Authenticate', 401), { kind: 'account' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer, outgoing({ from: FROM }));

		expect(outcome).toMatchObject(expected);
		expect('optedOut' in outcome).toBe('optedOut' in expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/6505551234|1234567890123456/);
	});

	it('is tested by reading the account', async () => {
		expect(await verifyOnce(config, { status: 200, json: { sid: SID } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: `/2010-04-01/Accounts/${SID}.json` }] });
	});
});

describe('callbacks of Twilio about WhatsApp', () => {
	const URL_OF = 'https://shop.example/j/callbacks/twilio?message=msg-1';
	const read = async (fields: Record<string, string>, token = TOKEN) => {
		const form = new URLSearchParams(fields);
		const signature = createHmac('sha1', token).update(URL_OF + [...form.keys()].sort().map((name) => name + form.get(name)).join('')).digest('base64');
		return await twilioCallbacks.read(callback({ url: URL_OF, body: form.toString(), headers: { 'x-twilio-signature': signature } }), { authToken: TOKEN }, 0);
	};
	const status = (MessageStatus: string, more: Record<string, string> = {}) => ({ ChannelPrefix: 'whatsapp', MessageSid: 'SM1', SmsSid: 'SM1', SmsStatus: MessageStatus, MessageStatus, To: `whatsapp:${TO}`, From: `whatsapp:${FROM}`, AccountSid: SID, ...more });
	const inbound = (more: Record<string, string>) => ({ MessageSid: 'SM2', SmsSid: 'SM2', SmsStatus: 'received', From: `whatsapp:${TO}`, To: `whatsapp:${FROM}`, WaId: TO.slice(1), ProfileName: 'Sheena Nelson', NumMedia: '0', ...more });

	it.each<[string, Record<string, string>, object]>([
		['delivered', status('delivered'), { kind: 'delivered' }],
		['read', status('read', { EventType: 'READ' }), { kind: 'opened' }],
		['a window that is closed', status('undelivered', { ErrorCode: '63016' }), { kind: 'failed', reason: 'Twilio error 63016' }],
		['a number that is not on WhatsApp', status('undelivered', { ErrorCode: '63024' }), { kind: 'bounced', bounce: { type: 'soft', category: 'undeliverable' } }],
		['Meta keeping marketing back', status('undelivered', { ErrorCode: '63049' }), { kind: 'failed' }],
		['an opt-out that Twilio knew of', status('failed', { ErrorCode: '21610' }), { kind: 'unsubscribed' }],
	])('tell of %s', async (_what, fields, report) => {
		expect(await read(fields)).toEqual({ kind: 'reports', reports: [expect.objectContaining({ channel: 'whatsapp', message: 'msg-1', providerId: 'SM1', address: TO, id: `SM1:${fields.MessageStatus}`, ...report })] });
	});

	it.each<[string, Record<string, string>, object]>([
		['an answer', { Body: 'Where is it?', MessageType: 'text' }, { kind: 'replied', text: 'Where is it?', reply: { type: 'text' }, providerId: null }],
		['a button that was pressed', { Body: 'Yes please', ButtonText: 'Yes', ButtonPayload: 'CONFIRM', MessageType: 'button', OriginalRepliedMessageSid: 'SM1' }, { kind: 'replied', text: 'Yes', reply: { type: 'button', payload: 'CONFIRM' }, providerId: 'SM1' }],
		['STOP', { Body: 'Stop' }, { kind: 'unsubscribed' }],
		['START', { Body: 'START' }, { kind: 'resubscribed' }],
		['a button for leaving', { Body: 'Stop promotions', ButtonText: 'Stop promotions', ButtonPayload: 'x', MessageType: 'button' }, { kind: 'unsubscribed' }],
		['a button whose payload says STOP', { Body: 'Nein danke', ButtonText: 'Nein danke', ButtonPayload: 'STOP', MessageType: 'button' }, { kind: 'unsubscribed' }],
	])('tell of %s that came in, which opens the window at each name of the sender', async (_what, fields, report) => {
		const result = await read(inbound({ MessagingServiceSid: 'MG1', ...fields }));

		expect(result).toEqual({ kind: 'reports', reports: [expect.objectContaining({ channel: 'whatsapp', message: null, address: TO, to: FROM, id: 'in:SM2', opensWindow: [FROM, 'MG1'], ...report })] });
	});

	it('are not believed with a wrong signature', async () => {
		expect((await read(inbound({ Body: 'Hi' }), 'another')).kind).toBe('refused');
	});
});
