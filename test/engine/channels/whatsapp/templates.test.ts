import { listTemplates, templatesNamed } from '../../../../engine/channels/whatsapp';
import type { MetaConfig, TwilioConfig, WhatsAppConfig } from '../../../../engine/channels/types';
import { httpService, type Service } from '../http-service';

let service: Service;
beforeEach(async () => {
	service = await httpService();
});
afterEach(() => service.close());

const meta = (given: Partial<MetaConfig> = {}): MetaConfig => ({ kind: 'meta', accessToken: 'token', phoneNumberId: '1', businessAccountId: '102290129340398', version: 'v23.0', baseUrl: service.url, ...given });
const twilio = (): TwilioConfig => ({ kind: 'twilio', accountSid: 'AC1', authToken: 'token', baseUrl: service.url });

// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
const PROMOTION = {
	category: 'MARKETING', id: '920070352646140', language: 'en_US', name: '2023_april_promo', status: 'APPROVED', parameter_format: 'POSITIONAL',
	components: [
		{ format: 'IMAGE', type: 'HEADER' }, { text: 'Hi {{1}}, use code {{2}} or tell {{1}}', type: 'BODY' }, { text: 'Bye', type: 'FOOTER' },
		{ type: 'BUTTONS', buttons: [{ text: 'Stop promotions', type: 'QUICK_REPLY' }, { text: 'Shop', type: 'URL', url: 'https://shop.example/{{1}}' }, { text: 'Home', type: 'URL', url: 'https://shop.example' }, { text: 'Copy', type: 'COPY_CODE' }] },
	],
};
const CODE = { category: 'AUTHENTICATION', language: 'en', name: 'login', status: 'PAUSED', components: [{ type: 'BODY', text: '*{{1}}* is your code.' }, { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', text: 'Copy' }] }] };
// https://www.twilio.com/docs/content/content-api-resources
const CONTENT = { sid: 'HX5fcd48a417c1cb59da349ad6d5da4607', friendly_name: 'Media Test', language: 'en', variables: { 1: 'name', 2: 'file' }, types: { 'twilio/media': { body: '{{1}}, Congratulations!', media: ['https://example.com/{{2}}'] } } };

describe('templates of Meta', () => {
	it('are read with what each of them needs, by pages and in all languages', async () => {
		service.answer = ({ path }) => ({ status: 200, json: path.includes('after=MjQZD') ? { data: [CODE], paging: { cursors: { after: 'x' } } } : { data: [PROMOTION], paging: { cursors: { after: 'MjQZD' }, next: 'https://evil.example/' } } });

		const found = await listTemplates(meta());

		expect(found).toEqual([
			{ id: '2023_april_promo', name: '2023_april_promo', language: 'en_US', status: 'approved', category: 'marketing', header: 'image', text: 'Hi {{1}}, use code {{2}} or tell {{1}}', parameters: ['1', '2'], buttons: [{ index: 1, kind: 'url' }, { index: 3, kind: 'copyCode' }] },
			{ id: 'login', name: 'login', language: 'en', status: 'paused', category: 'authentication', header: 'none', text: '*{{1}}* is your code.', parameters: ['1'], buttons: [{ index: 0, kind: 'url' }] },
		]);
		expect(service.calls.map(({ path, headers }) => [path.split('?')[0], headers.authorization])).toEqual(Array.from({ length: 2 }, () => ['/v23.0/102290129340398/message_templates', 'Bearer token']));
	});

	it('are found by their whole name', async () => {
		service.answer = { status: 200, json: { data: [PROMOTION, { ...PROMOTION, name: '2023_april_promo_b' }] } };

		expect(await templatesNamed(meta(), '2023_april_promo')).toMatchObject([{ id: '2023_april_promo', header: 'image' }]);
		expect(service.calls[0]?.path).toContain('name=2023_april_promo');
	});

	it('of nobody in particular are not looked for, and who wants to see them is told why', async () => {
		const without: WhatsAppConfig = { kind: 'meta', accessToken: 'token', phoneNumberId: '1', version: 'v23.0', baseUrl: service.url };

		expect(await templatesNamed(without, 'x')).toBeNull();
		await expect(listTemplates(without)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('Business Account ID') as string });
		expect(service.calls).toEqual([]);
	});

	it('that cannot be read say so without the token', async () => {
		service.answer = { status: 401, json: { error: { code: 190, message: 'Error validating access token token' } } };

		await expect(listTemplates(meta())).rejects.toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringMatching(/^WhatsApp refused the login \(401\)/) as string });
	});
});

describe('templates of Twilio', () => {
	it('are read with their variables and WhatsApp\'s approval', async () => {
		service.answer = ({ path }) => ({ status: 200, json: path.includes('Page=1') ? { contents: [{ ...CONTENT, sid: 'HX2', friendly_name: 'Second' }], meta: { next_page_url: null } } : { contents: [{ ...CONTENT, approval_requests: { category: 'UTILITY', status: 'approved' } }], meta: { next_page_url: 'https://content.twilio.com/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=PT' } } });

		expect(await listTemplates(twilio())).toMatchObject([{ id: CONTENT.sid, name: 'Media Test', language: 'en', status: 'approved', category: 'utility', text: '{{1}}, Congratulations!', parameters: ['1', '2'] }, { id: 'HX2', name: 'Second', status: null }]);
		expect(service.calls.map(({ path }) => path)).toEqual(['/v1/ContentAndApprovals?PageSize=100', '/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=PT']);
	});

	it('are found by their SID, with the approval; one that there is not is none', async () => {
		service.answer = ({ path }) => (path.endsWith('/ApprovalRequests') ? { status: 200, json: { whatsapp: { category: 'MARKETING', status: 'approved' } } } : path.includes(CONTENT.sid) ? { status: 200, json: CONTENT } : { status: 404, json: { code: 20404 } });

		expect(await templatesNamed(twilio(), CONTENT.sid)).toMatchObject([{ id: CONTENT.sid, category: 'marketing', parameters: ['1', '2'] }]);
		expect(await templatesNamed(twilio(), 'HX0')).toEqual([]);
	});
});
