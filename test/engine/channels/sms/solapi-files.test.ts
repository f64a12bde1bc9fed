import { forgetSolapiFile, isGoneFromSolapi, uploadToSolapi, type Uploaded } from '../../../../engine/channels/sms/solapi-files';
import { createSolapiProvider } from '../../../../engine/channels/sms/solapi';
import type { SolapiConfig } from '../../../../engine/channels/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../http-service';
import { outgoing } from './bench';

const SEOUL = '+821012345678';
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const FILE = 'ST01FZ210903044444777eODGzWC58qq';
const refusal = (errorCode: string, status = 400): Answer => ({ status, json: { errorCode, errorMessage: `${errorCode}: no` } });

describe('pictures at Solapi', () => {
	let service: Service;
	/** What stands in its storage, as it lists them. */
	let stored: Array<{ fileId: string; name: string; type: string }>;
	let uploads: number;
	/** Of this test alone: ports come again. */
	let account = 0;
	const config = (given: Partial<SolapiConfig> = {}): SolapiConfig => ({ kind: 'solapi', apiKey: `KEY${account}`, apiSecret: 'secret-of-solapi', baseUrl: service.url, timeoutMs: 30_000, ...given });

	function answer({ method, path, json }: ServiceCall): Answer {
		if (method === 'GET') return { status: 200, json: { fileList: stored, startKey: null, nextKey: null } };
		if (path === '/messages/v4/send') return { status: 200, json: { statusCode: '2000', messageId: 'M4V1' } };
		const { name, type } = json as { name: string; type: string };
		const file = { fileId: `${FILE}${(uploads += 1)}`, name, type };
		stored.push(file);
		return { status: 200, json: { ...file, accountId: '1', originalName: 'x.jpg', url: 'https://solapi.example/x', fileSize: 7 } };
	}

	beforeEach(async () => {
		[stored, uploads] = [[], 0];
		account += 1;
		service = await httpService(answer);
	});
	afterEach(() => service.close());

	const sentTo = (path: string) => service.calls.filter((call) => call.method === 'POST' && call.path === path);

	it('are uploaded as files of the type MMS, each call signed, and named by the message', async () => {
		const uploaded = await uploadToSolapi(config(), JPEG);
		const provider = createSolapiProvider(config());
		const outcome = await provider.send(outgoing({ to: SEOUL, from: '+8229302266', mediaUrls: ['https://cdn.example/a.png'], mediaId: `${FILE}1` }));
		await provider.send(outgoing({ to: SEOUL, text: '', mediaUrls: ['https://cdn.example/a.png'], mediaId: `${FILE}1` }));
		await provider.close();

		expect(uploaded).toEqual({ kind: 'uploaded', id: `${FILE}1` });
		expect(outcome).toEqual({ kind: 'accepted', providerId: 'M4V1' });
		expect(sentTo('/storage/v1/files')).toMatchObject([{ json: { file: JPEG.toString('base64'), type: 'MMS', name: expect.stringMatching(/^journeys-[0-9a-f]{40}$/) as string }, headers: { authorization: expect.stringMatching(/^HMAC-SHA256 apiKey=KEY\d+, date=/) as string } }]);
		expect(sentTo('/messages/v4/send').map(({ json }) => (json as { message: object }).message)).toEqual([
			{ to: '01012345678', country: '82', from: '029302266', type: 'MMS', imageId: `${FILE}1`, text: 'Hello', customFields: { message: 'msg-1' } },
			{ to: '01012345678', country: '82', from: '15005550006', type: 'MMS', imageId: `${FILE}1`, customFields: { message: 'msg-1' } },
		]);
	});

	it('are uploaded once for each picture and account, also when several want them at the same time', async () => {
		const together = await Promise.all([1, 2, 3].map(() => uploadToSolapi(config(), JPEG)));
		const later = await uploadToSolapi(config({ connections: 3 }), JPEG);
		const other = await uploadToSolapi(config(), Buffer.concat([JPEG, JPEG]));
		stored = [];
		const elsewhere = await uploadToSolapi(config({ apiKey: `ANOTHER${account}` }), JPEG);
		const mirror = await httpService(answer);
		stored = [];
		const mirrored = await uploadToSolapi(config({ baseUrl: mirror.url }), JPEG);
		await mirror.close();

		expect([...together, later].map((one) => 'id' in one && one.id)).toEqual(Array.from({ length: 4 }, () => `${FILE}1`));
		expect([other, elsewhere, mirrored].map((one) => 'id' in one && one.id)).toEqual([`${FILE}2`, `${FILE}3`, `${FILE}4`]);
		expect(uploads).toBe(4);
	});

	it('that another process, or this one before a restart, has uploaded are found by their content, and no others are taken', async () => {
		await uploadToSolapi(config({ apiKey: `BEFORE${account}` }), JPEG);
		const [{ name } = { name: '' }] = stored;
		stored = [{ fileId: 'other-name', name: 'journeys-0', type: 'MMS' }, { fileId: 'other-type', name, type: 'KAKAO' }, { fileId: 'right', name, type: 'MMS' }];

		expect(await uploadToSolapi(config(), JPEG)).toEqual({ kind: 'uploaded', id: 'right' });
		expect(service.calls.at(-1)).toMatchObject({ method: 'GET', path: `/storage/v1/files?name=${name}&type=MMS&limit=20` });
		expect(uploads).toBe(1);
	});

	it('are uploaded by a key that may not list them', async () => {
		service.answer = (call) => (call.method === 'GET' ? refusal('Forbidden', 403) : answer(call));

		expect(await uploadToSolapi(config(), JPEG)).toEqual({ kind: 'uploaded', id: `${FILE}1` });
	});

	it.each<[string, Answer, Partial<Uploaded>]>([
		['a file that Solapi does not take', refusal('InvalidImageFile'), { kind: 'refused', reason: 'Solapi refused the picture. Change it, then use Journey Control: Retry Held. Solapi said: InvalidImageFile: no' }],
		['no credit', refusal('NotEnoughBalance', 400), { kind: 'account' }],
		['a wrong key', refusal('InvalidAPIKey', 403), { kind: 'account' }],
		['a key that may not upload', refusal('Forbidden', 403), { kind: 'account' }],
		['too many calls', { status: 429, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
		['a failure of its own', { status: 500, text: 'oops' }, { kind: 'transient' }],
		['an answer that cannot be read', { status: 200, text: 'ok' }, { kind: 'transient' }],
		['an answer that never comes', 'drop', { kind: 'transient' }],
	])('that fail by %s are sorted, and tried again the next time', async (_what, given, expected) => {
		service.answer = (call) => (call.method === 'GET' ? answer(call) : given);
		const failed = await uploadToSolapi(config(), JPEG);
		service.answer = answer;
		const again = await uploadToSolapi(config(), JPEG);

		expect(failed).toMatchObject(expected);
		expect(again.kind).toBe('uploaded');
		expect(JSON.stringify(failed)).not.toContain('secret-of-solapi');
	});

	it.each(['1023', '1034'])('that are gone from Solapi (%s) make the message wait, and are uploaded anew; whoever sends without one is not told so', async (code) => {
		const before = await uploadToSolapi(config(), JPEG);
		const id = before.kind === 'uploaded' ? before.id : '';
		service.answer = (call) => (call.path === '/messages/v4/send' ? { status: 200, json: { statusCode: code, statusMessage: 'no image' } } : answer(call));
		const provider = createSolapiProvider(config());

		const outcome = await provider.send(outgoing({ to: SEOUL, mediaUrls: ['https://cdn.example/a.png'], mediaId: id }));
		const text = await provider.send(outgoing({ to: SEOUL }));
		await provider.close();
		// It is still listed.
		const [again, third] = await Promise.all([uploadToSolapi(config(), JPEG), uploadToSolapi(config(), JPEG)]);

		expect(outcome).toMatchObject({ kind: 'transient', reason: expect.stringContaining('uploaded again') as string });
		expect(text.kind).not.toBe('transient');
		expect(isGoneFromSolapi(config(), id)).toBe(true);
		expect([again, third]).toEqual([{ kind: 'uploaded', id: `${FILE}2` }, { kind: 'uploaded', id: `${FILE}2` }]);
		expect(uploads).toBe(2);
	});

	it('that were not uploaded are no reason to send the text alone', async () => {
		const provider = createSolapiProvider(config());
		const outcome = await provider.send(outgoing({ to: SEOUL, mediaUrls: ['https://cdn.example/a.png'] }));
		await provider.close();

		expect(outcome).toMatchObject({ kind: 'permanent' });
		expect(service.calls).toEqual([]);
	});

	it('are forgotten a thousand at most', () => {
		for (let n = 0; n <= 1_000; n += 1) forgetSolapiFile(config(), `old-${n}`);

		expect(['old-0', 'old-1000'].map((id) => isGoneFromSolapi(config(), id))).toEqual([false, true]);
		expect(isGoneFromSolapi(config({ apiKey: 'ANOTHER' }), 'old-1000')).toBe(false);
	});
});
