import { infobipCallbacks } from '../../../../engine/channels/sms/infobip-callbacks';
import type { InfobipConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const config = (baseUrl: string): InfobipConfig => ({ kind: 'infobip', baseUrl: `${baseUrl}/`, apiKey: 'key-of-infobip', callbackKey: 'ours', timeoutMs: 30_000 });
const answer = (groupName: string, name: string, description = name): Answer => ({ status: 200, json: { bulkId: '2034072219640523072', messages: [{ messageId: 'msg-1', status: { groupId: 1, groupName, id: 26, name, description }, destination: '4915112345678' }] } });
const fault = (status: number, text: string): Answer => ({ status, json: { requestError: { serviceException: { messageId: 'X', text } } } });

const PICTURES = ['https://www.example.com/image1.jpeg', 'https://www.example.com/image2.jpeg'];

describe('Infobip', () => {
	it('takes a message with our id and the keyed address for callbacks', async () => {
		const { outcome, calls } = await sendOnce(config, answer('PENDING', 'PENDING_ACCEPTED', 'Message sent to next instance'));

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'msg-1' });
		expect(calls).toMatchObject([{ method: 'POST', path: '/sms/3/messages' }]);
		expect(calls[0]?.headers.authorization).toBe('App key-of-infobip');
		expect(calls[0]?.json).toEqual({ messages: [{
			sender: '15005550006', destinations: [{ to: '4915112345678', messageId: 'msg-1' }], content: { text: 'Hello' },
			webhooks: { delivery: { url: 'https://shop.example/j/callbacks/x?message=msg-1&key=ours' }, contentType: 'application/json', callbackData: 'msg-1' },
		}] });
	});

	it('sends pictures as an MMS, with the text before them when there is one', async () => {
		// "Image as link" and "Success" of the published description of MMS, POST /mms/2/messages.
		const accepted: Answer = { status: 200, json: { bulkId: 'a28dd97c-2222-4fcf-99f1-0b557ed381da', messages: [{ messageId: 'msg-1', status: { groupId: 1, groupName: 'PENDING', id: 26, name: 'PENDING_ACCEPTED', description: 'Message sent to next instance' }, destination: '441134960001' }] } };
		const { outcome, calls } = await sendOnce(config, accepted, outgoing({ mediaUrls: PICTURES }));
		const { calls: [bare] } = await sendOnce(config, accepted, outgoing({ text: '', mediaUrls: PICTURES.slice(1) }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'msg-1' });
		expect(calls).toMatchObject([{ method: 'POST', path: '/mms/2/messages' }]);
		expect(calls[0]?.json).toEqual({ messages: [{
			sender: '15005550006', destinations: [{ to: '4915112345678', messageId: 'msg-1' }],
			content: { messageSegments: [{ type: 'TEXT', text: 'Hello' }, { type: 'LINK', contentUrl: PICTURES[0] }, { type: 'LINK', contentUrl: PICTURES[1] }] },
			webhooks: { delivery: { url: 'https://shop.example/j/callbacks/x?message=msg-1&key=ours' }, contentType: 'application/json', callbackData: 'msg-1' },
		}] });
		expect(bare?.json).toMatchObject({ messages: [{ content: { messageSegments: [{ type: 'LINK', contentUrl: PICTURES[1] }] } }] });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['an invalid number', answer('REJECTED', 'REJECTED_INVALID_DESTINATION'), { kind: 'permanent', deadAddress: true }],
		['a sender that is not allowed', answer('REJECTED', 'REJECTED_SENDER'), { kind: 'account' }],
		['a body that it does not take', { status: 400, json: { errorCode: 'E400', description: 'Request cannot be processed.', action: 'Check the syntax, violations and adjust the request.', violations: [{ property: 'property.path', violation: 'Violation message.' }], resources: [] } }, { kind: 'permanent' }],
		...COMMON,
	])('sorts %s of an MMS', async (_what, given, expected) => {
		const { outcome } = await sendOnce(config, given, outgoing({ mediaUrls: PICTURES }));

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['an invalid number', answer('REJECTED', 'REJECTED_INVALID_DESTINATION'), { kind: 'permanent', deadAddress: true }],
		['a number without a prefix', answer('REJECTED', 'REJECTED_PREFIX_MISSING'), { kind: 'permanent', deadAddress: true }],
		['a number on the blocklist', answer('REJECTED', 'REJECTED_DESTINATION', 'By Destination 4915112345678'), { kind: 'permanent' }],
		['no credit', answer('REJECTED', 'REJECTED_NOT_ENOUGH_CREDITS'), { kind: 'account' }],
		['a sender that is not allowed', answer('REJECTED', 'REJECTED_SENDER'), { kind: 'account' }],
		['an error of its own', answer('REJECTED', 'REJECTED_SYSTEM_ERROR'), { kind: 'transient' }],
		['a rejection that is not in the list', answer('REJECTED', 'REJECTED_SOMETHING'), { kind: 'permanent' }],
		['a request that cannot be read', fault(400, 'Bad Request'), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, given, expected) => {
		const { outcome } = await sendOnce(config, given);

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|key-of-infobip/);
	});

	it('is tested by the balance', async () => {
		expect(await verifyOnce(config, { status: 200, json: { balance: 47.79134, currency: 'EUR' } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/account/1/balance' }] });
		expect((await verifyOnce(config, fault(401, 'Invalid login details'))).error).toMatch(/refused the login \(401\).*Invalid login details/);
	});
});

describe('callbacks of Infobip', () => {
	const read = (results: unknown, key = 'ours') => infobipCallbacks.read(callback({ url: `https://shop.example/j/callbacks/infobip?message=msg-1&key=${key}`, body: { results } }), { callbackKey: 'ours' }, 0);
	const report = (groupName: string, name: string, error = 'NO_ERROR') => ({
		bulkId: 'BULK', price: { pricePerMessage: 0.01, currency: 'EUR' }, status: { groupId: 3, groupName, id: 5, name, description: '' }, error: { groupId: 0, groupName: 'OK', id: 0, name: error, description: '', permanent: false },
		messageId: 'msg-1', to: '4915112345678', doneAt: '2026-03-02T10:00:00.000+0100', callbackData: 'msg-1',
	});

	it('tells of several in one call', async () => {
		const result = await read([
			report('DELIVERED', 'DELIVERED_TO_HANDSET'), report('PENDING', 'PENDING_ENROUTE'), report('UNDELIVERABLE', 'UNDELIVERABLE_NOT_DELIVERED', 'EC_UNKNOWN_SUBSCRIBER'),
			report('UNDELIVERABLE', 'UNDELIVERABLE_NOT_DELIVERED', 'EC_ABSENT_SUBSCRIBER'), report('EXPIRED', 'EXPIRED_EXPIRED'), report('REJECTED', 'REJECTED_NOT_ENOUGH_CREDITS'), null,
		]);

		expect(result).toMatchObject({ kind: 'reports', reports: [
			{ kind: 'delivered', message: 'msg-1', providerId: 'msg-1', address: TO, atMs: Date.parse('2026-03-02T09:00:00Z'), id: 'msg-1:DELIVERED_TO_HANDSET' },
			{ kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, reason: 'Infobip EC_UNKNOWN_SUBSCRIBER' },
			{ kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' } }, { kind: 'bounced', bounce: { type: 'soft', category: 'expired' } },
			{ kind: 'failed', reason: 'Infobip REJECTED_NOT_ENOUGH_CREDITS' },
		] });
		expect(result.kind === 'reports' ? result.reports : []).toHaveLength(5);
	});

	it('tells of what came in', async () => {
		const inbound = { messageId: '817790313235066447', from: '4915112345678', to: '385921004026', cleanText: '', keyword: '', receivedAt: '2026-03-02T09:00:00.000+0000', smsCount: 1 };

		expect(await read([{ ...inbound, text: 'Correct answer is Paris' }])).toMatchObject({ reports: [{ kind: 'replied', text: 'Correct answer is Paris', address: TO, to: '+385921004026' }] });
		expect(await read([{ ...inbound, text: 'STOP' }])).toMatchObject({ reports: [{ kind: 'unsubscribed', id: 'in:817790313235066447' }] });
	});

	it('tells of an MMS: of one sent, and of the text of one that came in', async () => {
		// The samples of the published description, receive-outbound-mms-message-delivery-reports and receive-inbound-mms-messages.
		const { to: _to, callbackData: _data, error: _error, ...sent } = report('DELIVERED', 'DELIVERED_TO_HANDSET');
		const parts = (value: string) => [{ contentType: 'image/jpeg', url: 'https://examplelink.com/123456' }, { contentType: 'text/plain', value }];
		const inbound = { from: '4915112345678', to: '25256', receivedAt: '2016-10-06T09:28:39.220+0000', messageId: '817790313235066447', userAgent: 'iPhone_12_Pro_Max_A2342' };

		expect(await read([{ ...sent, sender: '441134960000', messageCount: 3 }])).toMatchObject({ reports: [{ kind: 'delivered', message: 'msg-1', providerId: 'msg-1' }] });
		expect(await read([{ ...inbound, message: parts('This is message text') }])).toMatchObject({ reports: [{ kind: 'replied', text: 'This is message text', address: TO }] });
		expect(await read([{ ...inbound, message: parts('STOP') }])).toMatchObject({ reports: [{ kind: 'unsubscribed' }] });
	});

	it('believes nothing without the key, and reads nothing without results', async () => {
		expect((await read([], 'theirs')).kind).toBe('refused');
		expect((await read('none')).kind).toBe('malformed');
	});
});
