import { createHmac } from 'node:crypto';

import type { MetaConfig, SendOutcome, WhatsAppBody } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { COMMON } from '../sms/bench';
import { outgoing, sendOnce, template, TO, verifyOnce } from './bench';

const TOKEN = 'EAAJB-token-of-the-app';
const SECRET = 'secret-of-the-app';
const config = (baseUrl: string): MetaConfig => ({ kind: 'meta', accessToken: TOKEN, phoneNumberId: '106540352242922', businessAccountId: '102290129340398', version: 'v23.0', baseUrl, timeoutMs: 2_000 });

// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
const SENT = { messaging_product: 'whatsapp', contacts: [{ input: TO, wa_id: '16505551234' }], messages: [{ id: 'wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI4QzdERjU0', message_status: 'accepted' }] };
// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
const refusal = (code: number, details: string, status = 400, more: object = {}): Answer => ({ status, json: { error: { message: `(#${code}) ${details}`, type: 'OAuthException', code, error_data: { messaging_product: 'whatsapp', details }, fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam', ...more } } });

describe('the Cloud API of Meta', () => {
	it('takes a text, from the phone number that is named, and gives its id', async () => {
		const { outcome, calls } = await sendOnce(config, { status: 200, json: SENT }, outgoing({ from: '555000111' }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: SENT.messages[0]?.id });
		expect(calls).toMatchObject([{ method: 'POST', path: '/v23.0/555000111/messages' }]);
		expect(calls[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
		expect(calls[0]?.json).toEqual({ messaging_product: 'whatsapp', recipient_type: 'individual', to: TO, type: 'text', text: { body: 'Hello', preview_url: false }, biz_opaque_callback_data: 'msg-1' });
	});

	it.each<[string, WhatsAppBody, object]>([
		['a picture', { kind: 'media', type: 'image', url: 'https://cdn.example/a.jpg', caption: 'Look', fileName: 'x' }, { type: 'image', image: { link: 'https://cdn.example/a.jpg', caption: 'Look' } }],
		['a file', { kind: 'media', type: 'document', url: 'https://cdn.example/a.pdf', caption: '', fileName: 'bill.pdf' }, { type: 'document', document: { link: 'https://cdn.example/a.pdf', filename: 'bill.pdf' } }],
		['a sound', { kind: 'media', type: 'audio', url: 'https://cdn.example/a.ogg', caption: 'x', fileName: '' }, { type: 'audio', audio: { link: 'https://cdn.example/a.ogg' } }],
		['reply buttons', { kind: 'interactive', text: 'Shall we?', header: 'Order 7', footer: 'Lamp Shop', buttons: [{ id: 'y', title: 'Yes' }, { id: 'n', title: 'No' }], list: null }, { type: 'interactive', interactive: { type: 'button', header: { type: 'text', text: 'Order 7' }, body: { text: 'Shall we?' }, footer: { text: 'Lamp Shop' }, action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }, { type: 'reply', reply: { id: 'n', title: 'No' } }] } } }],
		['a list', { kind: 'interactive', text: 'When?', header: '', footer: '', buttons: [], list: { button: 'Times', sections: [{ title: 'Monday', rows: [{ id: 'm9', title: '9:00', description: 'Early' }] }, { title: 'Friday', rows: [{ id: 'f9', title: '9:00', description: '' }] }] } }, { type: 'interactive', interactive: { type: 'list', body: { text: 'When?' }, action: { button: 'Times', sections: [{ title: 'Monday', rows: [{ id: 'm9', title: '9:00', description: 'Early' }] }, { title: 'Friday', rows: [{ id: 'f9', title: '9:00' }] }] } } }],
		['a template without parameters', template(), { type: 'template', template: { name: 'seasonal_promotion', language: { policy: 'deterministic', code: 'en_US' } } }],
		[
			'a template with header, body and buttons', template({
				header: { kind: 'image', url: 'https://cdn.example/h.png' }, body: [{ name: '', text: 'Pablo' }, { name: 'order', text: '860198' }],
				buttons: [{ index: 0, kind: 'quickReply', text: 'YES' }, { index: 1, kind: 'url', text: 'order/7' }, { index: 2, kind: 'copyCode', text: 'SAVE20' }],
			}),
			{
				type: 'template', template: {
					name: 'seasonal_promotion', language: { policy: 'deterministic', code: 'en_US' }, components: [
						{ type: 'header', parameters: [{ type: 'image', image: { link: 'https://cdn.example/h.png' } }] },
						{ type: 'body', parameters: [{ type: 'text', text: 'Pablo' }, { type: 'text', parameter_name: 'order', text: '860198' }] },
						{ type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'YES' }] },
						{ type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'order/7' }] },
						{ type: 'button', sub_type: 'copy_code', index: '2', parameters: [{ type: 'coupon_code', coupon_code: 'SAVE20' }] },
					],
				},
			},
		],
		['a header that is a text', template({ header: { kind: 'text', text: 'Sale' } }), { template: { components: [{ type: 'header', parameters: [{ type: 'text', text: 'Sale' }] }] } }],
		['a header that is a file', template({ header: { kind: 'document', url: 'https://cdn.example/a.pdf', fileName: 'bill.pdf' } }), { template: { components: [{ type: 'header', parameters: [{ type: 'document', document: { link: 'https://cdn.example/a.pdf', filename: 'bill.pdf' } }] }] } }],
	])('takes %s', async (_what, body, expected) => {
		const { outcome, calls } = await sendOnce(config, { status: 200, json: SENT }, outgoing({ body }));

		expect(outcome.kind).toBe('accepted');
		expect(calls[0]?.json).toMatchObject(expected);
	});

	it('is shown by the app\'s secret that the call is the app\'s own', async () => {
		const { calls } = await sendOnce((url) => ({ ...config(url), appSecret: SECRET }), { status: 200, json: SENT });

		const proof = createHmac('sha256', SECRET).update(TOKEN).digest('hex');
		expect(calls[0]?.path).toBe(`/v23.0/106540352242922/messages?appsecret_proof=${proof}`);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['somebody who is not on WhatsApp', refusal(131026, 'Message undeliverable'), { kind: 'permanent' }],
		['a window that is closed', refusal(131047, 'Message failed to send because more than 24 hours have passed since the customer last replied to this number.'), { kind: 'permanent' }],
		['somebody who stopped marketing messages', refusal(131050, 'User has stopped marketing messages'), { kind: 'permanent', optedOut: true }],
		['too many messages', refusal(130429, 'Cloud API message throughput has been reached.', 400), { kind: 'transient' }],
		[
			'too many calls, and says for how long', { status: 400, json: { error: { message: 'Rate limit', code: 80007 } }, headers: { 'x-business-use-case-usage': '{"102290129340398":[{"type":"whatsapp","call_count":100,"total_time":1,"estimated_time_to_regain_access":7}]}' } },
			{ kind: 'transient', retryAfterMs: 420_000 },
		],
		['too many messages, with a header that is none', { status: 400, json: { error: { message: 'Rate limit', code: 130429 } }, headers: { 'x-business-use-case-usage': 'no JSON' } }, { kind: 'transient' }],
		['too many messages, with Retry-After', { status: 429, json: { error: { message: 'Rate limit', code: 130429 } }, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
		['too many to one person', refusal(131056, '(Business Account, Consumer Account) pair rate limit hit'), { kind: 'transient' }],
		['a sender that was reported as spam', refusal(131048, 'Spam rate limit hit'), { kind: 'transient' }],
		['a token that has ended', refusal(190, 'Access token has expired', 401), { kind: 'account' }],
		['a permission that is missing', refusal(10, 'Application does not have permission for this action', 403), { kind: 'account' }],
		['a permission of another kind', refusal(200, 'Permissions error', 403), { kind: 'account' }],
		['a broken policy', refusal(368, 'Temporarily blocked for policies violations', 403), { kind: 'account' }],
		['a locked account', refusal(131031, 'Business Account locked', 403), { kind: 'account' }],
		['no payment', refusal(131042, 'Business eligibility payment issue'), { kind: 'account' }],
		['another number of parameters', refusal(132000, 'body: number of localizable_params (0) does not match the expected number of params (1)'), { kind: 'account' }],
		['a template that there is not', refusal(132001, 'template name (promo) does not exist in en_US', 404), { kind: 'account' }],
		['a paused template', refusal(132015, 'Template is paused due to low quality'), { kind: 'account' }],
		['a phone number ID that there is not', refusal(100, 'Unsupported post request. Object with ID \'1\' does not exist', 400, { error_subcode: 33 }), { kind: 'account' }],
		['a wrong app secret', { status: 400, json: { error: { message: 'Invalid appsecret_proof provided in the API argument', type: 'GraphMethodException', code: 100, fbtrace_id: 'A' } } }, { kind: 'account' }],
		['a text that is too long', refusal(100, 'Param text[\'body\'] must be at most 4096 characters long.'), { kind: 'permanent' }],
		['media that it cannot fetch', refusal(131053, 'Media upload error'), { kind: 'permanent' }],
		['something unknown', refusal(131000, 'Message failed to send due to an unknown error.', 500), { kind: 'ambiguous' }],
		['something unknown, with the status of a refusal', refusal(131000, 'Something went wrong'), { kind: 'ambiguous' }],
		['a code that is not in the list', refusal(139999, `Something new about ${TO}`), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce((url) => ({ ...config(url), appSecret: SECRET }), answer);

		expect(outcome).toMatchObject(expected);
		expect('optedOut' in outcome).toBe('optedOut' in expected);
		// Why a number takes nothing is never certain here.
		expect('deadAddress' in outcome).toBe(false);
		expect(JSON.stringify(outcome)).not.toMatch(/6505551234|token-of-the-app|secret-of-the-app/);
	});

	it('is tested by reading the phone number and the account\'s templates', async () => {
		const right = await verifyOnce(config, { status: 200, json: { id: '106540352242922', display_phone_number: '+1 555-078-3881', verified_name: 'Jaspers Market' } });
		const wrong = await verifyOnce(config, refusal(190, 'Error validating access token: Session has expired', 401));
		const other = await verifyOnce(config, ({ path }) => (path.includes('message_templates') ? refusal(100, 'Unsupported get request. Object with ID \'102290129340398\' does not exist', 400) : { status: 200, json: {} }));

		expect(right).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/v23.0/106540352242922?fields=id,display_phone_number,verified_name' }, { method: 'GET', path: '/v23.0/102290129340398/message_templates?limit=1' }] });
		expect(wrong.error).toMatch(/^WhatsApp refused the login \(401\).*Session has expired/);
		expect(other.error).toContain('102290129340398');
	});
});
