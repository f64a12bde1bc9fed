import { createHmac } from 'node:crypto';

import { createSolapiProvider } from '../../../../engine/channels/sms/solapi';
import { solapiCallbacks } from '../../../../engine/channels/sms/solapi-callbacks';
import type { SendOutcome, SolapiConfig } from '../../../../engine/channels/types';
import { ManualClock } from '../../../../engine/kernel';
import { httpService, type Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, verifyOnce } from './bench';

const SEOUL = '+821012345678';
const ID = 'M4V20180307110044DTYYKVLJFOKQ1PZ';
const config = (baseUrl: string): SolapiConfig => ({ kind: 'solapi', apiKey: 'NCSAYU7YDBXYORXC', apiSecret: 'secret-of-solapi', callbackKey: 'ours', baseUrl, timeoutMs: 30_000 });
const accepted: Answer = { status: 200, json: { groupId: 'G4V', messageId: ID, accountId: '1', statusMessage: '정상 접수', statusCode: '2000', to: '01012345678', from: '029302266', type: 'SMS', country: '82' } };
const refusal = (errorCode: string, status = 400): Answer => ({ status, json: { errorCode, errorMessage: `${errorCode}: 01012345678` } });

describe('Solapi', () => {
	it('takes a message with numbers as people in Korea write them, signed by date and salt', async () => {
		const service = await httpService(accepted);
		const provider = createSolapiProvider(config(service.url), new ManualClock(Date.parse('2026-03-02T10:00:00Z')));

		const outcome = await provider.send(outgoing({ to: SEOUL, from: '+8229302266' }));
		await provider.close();
		await service.close();

		expect(outcome).toEqual({ kind: 'accepted', providerId: ID });
		expect(service.calls).toMatchObject([{ method: 'POST', path: '/messages/v4/send', json: { message: { to: '01012345678', country: '82', from: '029302266', text: 'Hello', customFields: { message: 'msg-1' } } } }]);
		const [, date = '', salt = '', signature = ''] = /^HMAC-SHA256 apiKey=NCSAYU7YDBXYORXC, date=(\S+), salt=(\S+), signature=(\S+)$/.exec(service.calls[0]?.headers.authorization ?? '') ?? [];
		expect(date).toBe('2026-03-02T10:00:00.000Z');
		expect(salt.length).toBeGreaterThanOrEqual(12);
		expect(signature).toBe(createHmac('sha256', 'secret-of-solapi').update(date + salt).digest('hex'));
	});

	it('sends abroad with the country beside the number', async () => {
		const { calls } = await sendOnce(config, accepted);

		expect(calls[0]?.json).toMatchObject({ message: { to: '15112345678', country: '49' } });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a person who has opted out by 080', { status: 200, json: { statusCode: '1061', statusMessage: '수신거부' } }, { kind: 'permanent', optedOut: true }],
		['a sender that is not registered', { status: 200, json: { statusCode: '1062', statusMessage: '발신번호 미등록' } }, { kind: 'account' }],
		['no credit', refusal('NotEnoughBalance', 402), { kind: 'account' }],
		['a failure of its own', refusal('1024', 500), { kind: 'ambiguous' }],
		['a wrong secret', refusal('SignatureDoesNotMatch', 403), { kind: 'account' }],
		['a clock that is wrong', refusal('RequestTimeTooSkewed', 403), { kind: 'account' }],
		['a message that is not valid', refusal('ValidationError'), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer, outgoing({ to: SEOUL }));

		expect(outcome).toMatchObject(expected);
		expect('optedOut' in outcome).toBe('optedOut' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/821012345678|01012345678|secret-of-solapi/);
	});

	it('is tested by the balance', async () => {
		const right = await verifyOnce(config, { status: 200, json: { balance: 1000, point: 0 } });

		expect(right).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/cash/v1/balance' }] });
		expect(right.calls[0]?.headers.authorization).toMatch(/^HMAC-SHA256 apiKey=/);
		expect((await verifyOnce(config, refusal('InvalidAPIKey', 403))).error).toMatch(/refused the login \(403\)/);
	});
});

describe('callbacks of Solapi', () => {
	const read = (body: unknown, key = 'ours') => solapiCallbacks.read(callback({ url: `https://shop.example/j/callbacks/solapi?key=${key}`, body: body as object }), { callbackKey: 'ours' }, 0);
	const entry = (statusCode: string) => ({ messageId: ID, groupId: 'G4V', type: 'SMS', to: '01012345678', from: '029302266', country: '82', statusCode, customFields: { message: 'msg-1' }, dateReceived: '2026-03-02T09:59:00.000Z' });

	it('tells of several in one call', async () => {
		const result = await read(['4000', '3000', '3032', '3043', '3055', '2061', '2230'].map(entry));

		expect(result).toMatchObject({ kind: 'reports', reports: [
			{ kind: 'delivered', message: 'msg-1', providerId: ID, address: SEOUL, atMs: Date.parse('2026-03-02T09:59:00Z'), id: `${ID}:4000` },
			{ kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, reason: 'Solapi code 3032' }, { kind: 'bounced', bounce: { type: 'soft', category: 'power-off' } },
			{ kind: 'bounced', bounce: { type: 'soft', category: 'spam-block' } }, { kind: 'unsubscribed' }, { kind: 'failed' },
		] });
		expect(result.kind === 'reports' ? result.reports : []).toHaveLength(6);
	});

	it('tells of what came in', async () => {
		expect(await read([{ messageId: 'in-1', from: '01012345678', to: '029302266', text: '수신거부', dateReceived: '2026-03-02T09:58:00Z' }])).toMatchObject({ reports: [{ kind: 'unsubscribed', address: SEOUL }] });
	});

	it('believes nothing without the key', async () => {
		expect((await read([entry('4000')], 'theirs')).kind).toBe('refused');
		expect((await solapiCallbacks.read(callback({ url: 'https://shop.example/?key=ours', body: 'nonsense' }), { callbackKey: 'ours' }, 0)).kind).toBe('malformed');
	});
});
