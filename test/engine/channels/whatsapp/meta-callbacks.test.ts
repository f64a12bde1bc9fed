import { createHmac } from 'node:crypto';

import { metaCallbacks } from '../../../../engine/channels/whatsapp';
import type { DeliveryReport } from '../../../../engine/channels/types';
import { callback } from '../sms/bench';

const SECRETS = { appSecret: 'secret-of-the-app', verifyToken: 'token-that-we-chose' };
const WAMID = 'wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA';
const INBOUND = 'wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUU0M0MxQzQzMUJCMTMwNUZFOQA=';
const AT = 1_750_091_045;
const METADATA = { display_phone_number: '15550783881', phone_number_id: '106540352242922' };

// Forms of https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
const hook = (value: object, field = 'messages') => ({ object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes: [{ value: { messaging_product: 'whatsapp', metadata: METADATA, ...value }, field }] }] });
const status = (state: string, more: object = {}) => hook({ statuses: [{ id: WAMID, status: state, timestamp: String(AT), recipient_id: '16505551234', biz_opaque_callback_data: 'msg-1', ...more }] });
const failure = (code: number) => status('failed', { errors: [{ code, title: 'Title', message: 'Message to 16505551234', error_data: { details: 'Details about 16505551234' } }] });
const message = (given: object) => hook({ contacts: [{ profile: { name: 'Sheena Nelson' }, wa_id: '16505551234' }], messages: [{ from: '16505551234', id: INBOUND, timestamp: String(AT), ...given }] });
const context = { from: '15550783881', id: WAMID };

const signed = (body: string, secret = SECRETS.appSecret) => ({ 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` });
const read = async (value: object, { secret = SECRETS.appSecret, secrets = SECRETS } = {}) => {
	const body = JSON.stringify(value);
	return await metaCallbacks.read(callback({ body, headers: signed(body, secret) }), secrets, 0);
};
const reports = async (value: object): Promise<DeliveryReport[]> => {
	const result = await read(value);
	return result.kind === 'reports' ? result.reports : [];
};

describe('callbacks of Meta', () => {
	it.each<[string, object, object[]]>([
		['delivered', status('delivered'), [{ kind: 'delivered', id: `${WAMID}:delivered` }]],
		['read', status('read'), [{ kind: 'opened', id: `${WAMID}:opened` }]],
		['on its way', status('sent'), []],
		['undeliverable', failure(131026), [{ kind: 'bounced', bounce: { type: 'soft', category: 'undeliverable' } }]],
		['kept back by Meta', failure(131049), [{ kind: 'failed', reason: expect.stringMatching(/^WhatsApp error 131049: Meta did not deliver/) as string }]],
		['too late for the window', failure(131047), [{ kind: 'failed', reason: expect.stringContaining('24 hours') as string }]],
		['to somebody who had stopped marketing', failure(131050), [{ kind: 'unsubscribed' }, { kind: 'failed' }]],
		['failed for what nobody knows', failure(139999), [{ kind: 'failed', reason: 'WhatsApp error 139999' }]],
	])('tell of a message that is %s', async (_what, value, expected) => {
		const told = await reports(value);

		expect(told).toEqual(expected.map((one) => expect.objectContaining({ message: 'msg-1', providerId: WAMID, address: '16505551234', atMs: AT * 1000, ...one }) as object));
		expect(told.map(({ reason }) => reason ?? '').join()).not.toContain('6505551234');
	});

	it.each<[string, object, object]>([
		['a text', { type: 'text', text: { body: 'Does it come in another color?' } }, { kind: 'replied', text: 'Does it come in another color?', reply: { type: 'text' }, providerId: null }],
		['an answer to a message of ours', { type: 'text', text: { body: 'Yes' }, context }, { kind: 'replied', text: 'Yes', providerId: WAMID }],
		['a quick reply', { type: 'button', button: { payload: 'CONFIRM', text: 'Yes' }, context }, { kind: 'replied', text: 'Yes', reply: { type: 'button', payload: 'CONFIRM' }, providerId: WAMID }],
		['a button of a message', { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'cancel-button', title: 'Cancel' } }, context }, { kind: 'replied', text: 'Cancel', reply: { type: 'interactive', payload: 'cancel-button' } }],
		['a button that starts something', { type: 'button', button: { payload: 'Start', text: 'Start' }, context }, { kind: 'replied', text: 'Start' }],
		['a line of a list', { type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'priority_express', title: 'Priority Mail Express', description: 'Next Day' } }, context }, { kind: 'replied', text: 'Priority Mail Express', reply: { type: 'interactive', payload: 'priority_express' } }],
		['a reaction', { type: 'reaction', reaction: { message_id: WAMID, emoji: '👍' } }, { kind: 'replied', text: '👍', reply: { type: 'reaction' }, providerId: WAMID }],
		['a picture', { type: 'image', image: { caption: 'Taj Mahal', mime_type: 'image/jpeg', id: '1003383421387256' } }, { kind: 'replied', text: 'Taj Mahal', reply: { type: 'image' } }],
		['something that the API does not know', { type: 'unsupported', errors: [{ code: 131051 }] }, { kind: 'replied', text: '', reply: { type: 'unsupported' } }],
		['STOP', { type: 'text', text: { body: ' Stop! ' } }, { kind: 'unsubscribed' }],
		['START', { type: 'text', text: { body: 'start' } }, { kind: 'resubscribed' }],
		['the button for leaving', { type: 'button', button: { payload: 'Stop promotions', text: 'Stop promotions' }, context }, { kind: 'unsubscribed', providerId: WAMID }],
		['a button that says unsubscribe', { type: 'button', button: { payload: 'Unsubscribe', text: 'Unsubscribe' }, context }, { kind: 'unsubscribed' }],
	])('tell of %s that came in, which opens the window at this number of ours', async (_what, given, expected) => {
		expect(await reports(message(given))).toEqual([expect.objectContaining({ channel: 'whatsapp', message: null, address: '16505551234', to: '15550783881', atMs: AT * 1000, id: `in:${INBOUND}`, opensWindow: ['106540352242922', '15550783881'], ...expected })]);
	});

	it.each<[string, object]>([
		['a reaction that is taken back', message({ type: 'reaction', reaction: { message_id: WAMID } })],
		['a number that changed', message({ type: 'system', system: { body: 'User changed from 16505551234 to 12195555358', wa_id: '12195555358', type: 'user_changed_number' } })],
		['a template that was approved', hook({ event: 'APPROVED', message_template_id: 1 }, 'message_template_status_update')],
		['nothing that can be read', { object: 'whatsapp_business_account', entry: [{ changes: [7, { field: 'messages', value: { statuses: [null, {}], messages: [{}] } }] }] }],
	])('say nothing by %s', async (_what, value) => {
		expect(await read(value)).toEqual({ kind: 'reports', reports: [] });
	});

	it.each([
		['5215512345678', ['+525512345678']], ['554188776655', ['+5541988776655']], ['5541988776655', ['+554188776655']], ['5491123456789', ['+541123456789']], ['4915112345678', undefined],
	])('name %s by the other ways in which its country writes it, too', async (from, also) => {
		const [answer] = await reports(message({ from, type: 'text', text: { body: 'STOP' } }));

		expect([answer?.address, answer?.alsoAt]).toEqual([from, also]);
	});

	it('are told by what is answered where the person shows no number, and by nothing where there is neither', async () => {
		const hidden = (given: object) => message({ from: undefined, type: 'text', text: { body: 'Hi' }, ...given });

		expect(await reports(hidden({ context }))).toMatchObject([{ kind: 'replied', address: null, providerId: WAMID }]);
		expect(await reports(hidden({}))).toEqual([]);
	});

	it('tell who stopped or resumed marketing messages in WhatsApp itself', async () => {
		const preference = (value: string) => hook({ user_preferences: [{ wa_id: '16505551234', detail: 'User requested to stop marketing messages', category: 'marketing_messages', value, timestamp: 1_739_321_024 }] }, 'user_preferences');

		expect(await reports(preference('stop'))).toMatchObject([{ kind: 'unsubscribed', address: '16505551234', atMs: 1_739_321_024_000, message: null }]);
		expect(await reports(preference('resume'))).toMatchObject([{ kind: 'resubscribed' }]);
	});

	it('are believed by the signature over their very bytes, and by no other', async () => {
		const body = '{"object":"whatsapp_business_account","entry":[]}';
		const at = (given: string, headers: Record<string, string>) => metaCallbacks.read(callback({ body: given, headers }), SECRETS, 0);

		expect((await at(body, signed(body))).kind).toBe('reports');
		expect((await at(`${body} `, signed(body))).kind).toBe('refused');
		expect((await at(body, {})).kind).toBe('refused');
		expect((await read(status('read'), { secret: 'another' })).kind).toBe('refused');
		expect((await read(status('read'), { secret: '', secrets: { ...SECRETS, appSecret: '' } })).kind).toBe('refused');
		expect((await at('no JSON', signed('no JSON'))).kind).toBe('malformed');
	});

	it('begin with a question by GET, which only the verify token answers', async () => {
		const ask = async (token: string, secrets = SECRETS) => await metaCallbacks.read({ ...callback({ method: 'GET', url: `https://shop.example/j/callbacks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}` }) }, secrets, 0);

		expect(await ask('token-that-we-chose')).toEqual({ kind: 'answer', status: 200, body: '1158201444', contentType: 'text/plain; charset=utf-8' });
		expect((await ask('another')).kind).toBe('refused');
		expect((await ask('', { ...SECRETS, verifyToken: '' })).kind).toBe('refused');
	});
});
