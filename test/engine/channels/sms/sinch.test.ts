import { sinchCallbacks } from '../../../../engine/channels/sms/sinch-callbacks';
import type { SendOutcome, SinchConfig } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const BATCH = '01FC66621VHDBN119Z8PMV1QPQ';
const config = (baseUrl: string): SinchConfig => ({ kind: 'sinch', servicePlanId: 'plan-1', apiToken: 'token-of-sinch', region: 'eu', callbackKey: 'key of ours', baseUrl, timeoutMs: 30_000 });
const refusal = (code: string, text: string, status = 400): Answer => ({ status, json: { code, text } });

describe('Sinch', () => {
	it('takes a batch of one with our id and the keyed address for callbacks, and gives its id', async () => {
		const { outcome, calls } = await sendOnce(config, { status: 201, json: { id: BATCH, to: ['4915112345678'], from: '15005550006', canceled: false, type: 'mt_text' } });

		expect(outcome).toEqual({ kind: 'accepted', providerId: BATCH });
		expect(calls).toMatchObject([{ method: 'POST', path: '/xms/v1/plan-1/batches' }]);
		expect(calls[0]?.headers.authorization).toBe('Bearer token-of-sinch');
		expect(calls[0]?.json).toEqual({
			to: ['4915112345678'], from: '15005550006', type: 'mt_text', body: 'Hello', client_reference: 'msg-1',
			delivery_report: 'per_recipient', callback_url: 'https://shop.example/j/callbacks/x?message=msg-1&key=key%20of%20ours',
		});
	});

	it('sends a picture with its text as MMS', async () => {
		const { calls } = await sendOnce(config, { status: 201, json: { id: BATCH } }, outgoing({ mediaUrls: ['https://cdn.example/a.jpg'] }));

		expect(calls[0]?.json).toMatchObject({ type: 'mt_media', body: { url: 'https://cdn.example/a.jpg', message: 'Hello' } });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a number that is not valid', refusal('syntax_invalid_parameter_format', `Invalid msisdn: 4915112345678`), { kind: 'permanent', deadAddress: true }],
		// The sample of Sinch's own description of POST /batches, and the same of another parameter.
		['a number in Sinch\'s own words', refusal('syntax_invalid_parameter_format', 'The format of parameter \'to[0]\' is invalid; value \'+1\' is not a valid MSISDN or group ID.'), { kind: 'permanent', deadAddress: true }],
		['a sender in Sinch\'s own words', refusal('syntax_invalid_parameter_format', 'The format of parameter \'from\' is invalid; value \'SHOP SHOP SHOP\' is not a valid MSISDN.'), { kind: 'account' }],
		['a plan that may not', refusal('syntax_constraint_violation', 'Not allowed to use an invalid campaign for any recipient'), { kind: 'permanent' }],
		['a sender that is not valid', refusal('syntax_invalid_parameter_format', 'Invalid phone number in from'), { kind: 'account' }],
		['a sender that belongs to nobody', refusal('syntax_constraint_violation', 'The originator is an invalid phone number'), { kind: 'account' }],
		['a recipient that is none', refusal('syntax_invalid_parameter_format', 'Invalid phone number in to'), { kind: 'permanent', deadAddress: true }],
		['a message that is not valid', refusal('syntax_constraint_violation', 'The body is too long'), { kind: 'permanent' }],
		['a service plan that is not known', { status: 404, json: {} }, { kind: 'account' }],
		['a token that may not', { status: 403, json: {} }, { kind: 'account' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|token-of-sinch/);
	});

	it('is tested by listing one batch', async () => {
		expect(await verifyOnce(config, { status: 200, json: { count: 0, page: 0, batches: [] } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/xms/v1/plan-1/batches?page_size=1' }] });
		expect((await verifyOnce(config, { status: 401, json: {} })).error).toMatch(/refused the login/);
	});
});

describe('callbacks of Sinch', () => {
	const read = (body: object, key = 'key of ours') => sinchCallbacks.read(callback({ url: `https://shop.example/j/callbacks/sinch?message=msg-1&key=${encodeURIComponent(key)}`, body }), { callbackKey: 'key of ours' }, 0);
	const status = (name: string, code: number) => ({ type: 'recipient_delivery_report_sms', batch_id: BATCH, recipient: '4915112345678', code, status: name, at: '2026-03-02T09:59:00.123Z', client_reference: 'msg-1' });

	it.each<[string, object, object | null]>([
		['delivered', status('Delivered', 0), { kind: 'delivered' }],
		['on its way', status('Dispatched', 401), null],
		['a number that was given up', status('Deleted', 408), { kind: 'bounced', bounce: { type: 'hard', category: 'deleted' }, reason: 'Sinch code 408' }],
		['a phone that is off', status('Failed', 404), { kind: 'bounced', bounce: { type: 'soft', category: 'temporary' } }],
		['one that has expired', status('Expired', 406), { kind: 'bounced', bounce: { type: 'soft', category: 'expired' } }],
		['one that Sinch gave up', status('Aborted', 403), { kind: 'failed' }],
	])('tells of %s', async (_what, body, report) => {
		expect(await read(body)).toEqual({ kind: 'reports', reports: report === null ? [] : [expect.objectContaining({ message: 'msg-1', providerId: BATCH, address: TO, atMs: Date.parse('2026-03-02T09:59:00.123Z'), ...report })] });
	});

	it('takes the message from what Sinch gives back before the address, which anybody with the key could write', async () => {
		const { client_reference: _reference, ...without } = status('Delivered', 0);

		expect(await read({ ...without, client_reference: 'msg-2' })).toMatchObject({ reports: [{ message: 'msg-2' }] });
		expect(await read(without)).toMatchObject({ reports: [{ message: 'msg-1' }] });
	});

	it('tells of a whole batch of somebody else\'s, where its recipients are named', async () => {
		const batch = (statuses: object[]) => ({ type: 'delivery_report_sms', batch_id: BATCH, total_message_count: 3, statuses });

		expect(await read(batch([{ code: 0, status: 'Delivered', count: 1, recipients: ['4915112345678'] }, { code: 408, status: 'Deleted', count: 1, recipients: ['4915112345679'] }, { code: 401, status: 'Dispatched', count: 1, recipients: ['4915112345670'] }]))).toMatchObject({
			kind: 'reports', reports: [{ kind: 'delivered', address: TO, providerId: BATCH }, { kind: 'bounced', bounce: { type: 'hard' }, address: '+4915112345679' }],
		});
		expect(await read(batch([{ code: 0, status: 'Delivered', count: 3 }]))).toEqual({ kind: 'reports', reports: [] });
	});

	it('tells of what came in', async () => {
		expect(await read({ type: 'mo_text', id: 'mo-1', from: '4915112345678', to: '15005550006', body: 'Ja, gern!', received_at: '2026-03-02T09:58:00Z' })).toMatchObject({ reports: [{ kind: 'replied', text: 'Ja, gern!', address: TO, id: 'in:mo-1' }] });
		expect(await read({ type: 'mo_text', id: 'mo-2', from: '4915112345678', to: '15005550006', body: 'stopp' })).toMatchObject({ reports: [{ kind: 'unsubscribed' }] });
		expect(await read({ type: 'mo_media', id: 'mo-3', from: '4915112345678', to: '15005550006', body: { subject: 'Re', message: 'STOP', media: [{ url: 'https://media.sinch.example/1.jpg' }] } })).toMatchObject({ reports: [{ kind: 'unsubscribed', address: TO }] });
		expect(await read({ type: 'mo_media', id: 'mo-4', from: '4915112345678', to: '15005550006', body: { media: [] } })).toMatchObject({ reports: [{ kind: 'replied', text: '' }] });
	});

	it('believes nothing without the key, and reads nothing that is none of its calls', async () => {
		expect((await read(status('Delivered', 0), 'another')).kind).toBe('refused');
		expect((await sinchCallbacks.read(callback({ body: status('Delivered', 0) }), { callbackKey: 'key of ours' }, 0)).kind).toBe('refused');
		expect((await sinchCallbacks.read(callback({ url: 'https://shop.example/?key=', body: status('Delivered', 0) }), { callbackKey: '' }, 0)).kind).toBe('refused');
		expect((await read({ type: 'something' })).kind).toBe('malformed');
	});
});
