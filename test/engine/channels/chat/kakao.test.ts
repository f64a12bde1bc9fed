import { createHmac } from 'node:crypto';

import { solapiCallbacks } from '../../../../engine/channels/sms/solapi-callbacks';
import { chatRules } from '../../../../engine/channels';
import type { KakaoConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback } from '../sms/bench';
import { COMMON, outgoing, reportsOf, sendOnce, verifyOnce, written } from './bench';

const SEOUL = '+821012345678';
const ID = 'M4V20180307110044DTYYKVLJFOKQ1PZ';
const config = (baseUrl: string): KakaoConfig => ({ kind: 'kakao', apiKey: 'NCSAYU7YDBXYORXC', apiSecret: 'secret-of-solapi', baseUrl, timeoutMs: 30_000 });
const accepted: Answer = { status: 200, json: { groupId: 'G4V', messageId: ID, statusMessage: '정상 접수(이통사로 접수 예정)', statusCode: '2000', to: '01012345678', type: 'ATA', country: '82' } };
const code = (statusCode: string): Answer => ({ status: 200, json: { statusCode, statusMessage: '01012345678' } });
const kakao = { pfId: 'KA01PF190626020502205cl0mYSoplA2', templateId: 'KA01TP190626032036196XPUqi1EsKUI', variables: { '#{name}': 'Ann', '#{order}': '7' } };
const message = (given = {}) => outgoing({ to: SEOUL, text: written(''), kakao, ...given });

describe('Kakao AlimTalk through Solapi', () => {
	it('takes template and variables, signed, and sends no text message instead', async () => {
		const { outcome, calls } = await sendOnce(config, accepted, message());

		expect(outcome).toEqual({ kind: 'accepted', providerId: ID });
		expect(calls).toMatchObject([{ method: 'POST', path: '/messages/v4/send', json: { message: { to: '01012345678', country: '82', type: 'ATA', kakaoOptions: { ...kakao, disableSms: true }, customFields: { message: 'msg-1' } } } }]);
		expect(calls[0]?.json).not.toHaveProperty('message.from');
		const [, date = '', salt = '', signature = ''] = /^HMAC-SHA256 apiKey=NCSAYU7YDBXYORXC, date=(\S+), salt=(\S+), signature=(\S+)$/.exec(calls[0]?.headers.authorization ?? '') ?? [];
		expect(signature).toBe(createHmac('sha256', 'secret-of-solapi').update(date + salt).digest('hex'));
	});

	it('sends a text message instead only from a number that was given for it', async () => {
		const { calls } = await sendOnce(config, accepted, message({ kakao: { ...kakao, smsFrom: '+8229302266' } }));

		expect(calls[0]?.json).toMatchObject({ message: { from: '029302266', kakaoOptions: { disableSms: false } } });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a person without KakaoTalk', code('3104'), { kind: 'permanent', deadAddress: true }],
		['a message that does not fit its template', code('1043'), { kind: 'permanent' }],
		['a channel that is not known', code('1041'), { kind: 'account' }],
		['a template that is not known', code('1042'), { kind: 'account' }],
		['no credit', { status: 402, json: { errorCode: 'NotEnoughBalance', errorMessage: 'x' } }, { kind: 'account' }],
		['a wrong secret', { status: 403, json: { errorCode: 'SignatureDoesNotMatch', errorMessage: 'x' } }, { kind: 'account' }],
		['too many calls', { status: 429, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer, message());

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/821012345678|secret-of-solapi/);
	});

	it('is tested by the balance', async () => {
		expect(await verifyOnce(config, { status: 200, json: { balance: 1 } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/cash/v1/balance' }] });
	});

	it('needs a template, and takes 1,000 characters in it', () => {
		const { problem } = chatRules('kakao');

		expect(problem(message())).toBeNull();
		expect(problem(outgoing())).toMatch(/no Kakao template/);
		expect(problem(message({ kakao: { ...kakao, variables: { '#{a}': 'x'.repeat(1001) } } }))).toMatch(/1000 in all/);
	});

	it('is told of by Solapi: what concerns KakaoTalk says nothing of the number for text messages', async () => {
		const entry = (statusCode: string, type = 'ATA') => ({ messageId: ID, type, to: '01012345678', country: '82', statusCode, customFields: { message: 'msg-1' } });
		const result = await solapiCallbacks.read(callback({ url: 'https://shop.example/j/callbacks/solapi?key=ours', body: [entry('4000'), entry('3104'), entry('3107'), entry('3032', 'SMS')] }), { callbackKey: 'ours' }, 0);

		expect(reportsOf(result)).toMatchObject([
			{ kind: 'delivered', channel: 'chat', address: SEOUL, message: 'msg-1' }, { kind: 'bounced', channel: 'chat', bounce: { type: 'hard', category: 'no-kakaotalk' } }, { kind: 'bounced', channel: 'chat', bounce: { type: 'soft' } }, { kind: 'bounced', bounce: { type: 'hard' } },
		]);
		expect(reportsOf(result)[3]).not.toHaveProperty('channel');
	});
});
