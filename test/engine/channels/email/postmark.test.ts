import { createEmailProvider } from '../../../../engine/channels/email';
import { callbackReader } from '../../../../engine/channels/callbacks';
import { bearsKey } from '../../../../engine/channels/callbacks/keyed';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import type { CallbackRequest, DeliveryReport, EmailProvider, OutgoingEmail } from '../../../../engine/channels/types';
import { httpService, type Answer, type Service } from '../http-service';
import { email } from '../servers';

const TOKEN = 'a-server-token';
const OK = (id = 'b7bc2f4a-e38e-4336-af7d-e6c392c2f817') => ({ To: 'receiver@example.com', SubmittedAt: '2014-02-17T07:25:01.4178645-05:00', MessageID: id, ErrorCode: 0, Message: 'OK' });
const REFUSED = (ErrorCode: number, Message: string) => ({ ErrorCode, Message });

describe('Postmark', () => {
	let service: Service;
	let provider: EmailProvider;
	beforeEach(async () => {
		service = await httpService({ status: 200, json: OK() });
		provider = createEmailProvider({ kind: 'postmark', serverToken: TOKEN, messageStream: 'broadcast', baseUrl: service.url, timeoutMs: 6_000 });
	});
	afterEach(async () => {
		await provider.close();
		await service.close();
	});

	const mail = (given: Partial<OutgoingEmail> = {}) => email({ id: 'message-1', to: 'ann@customer.example', from: { name: 'Shop, "Ltd."', address: 'news@shop.example' }, ...given });
	const sent = () => service.calls.map(({ json }) => json as Record<string, unknown>);

	it('gets one mail with our id among its metadata, its own tracking off, and its stream', async () => {
		const outcome = await provider.send(mail({
			replyTo: 'help@shop.example', cc: ['boss@shop.example'], bcc: ['archive@shop.example'], headers: { 'List-Unsubscribe': '<https://shop.example/u>', Subject: 'no', 'X-Own': 'a' },
			attachments: [{ fileName: 'a.txt', contentType: 'text/plain', content: Buffer.from('hello') }, { fileName: 'logo.png', contentType: 'image/png', content: Buffer.from('png'), contentId: 'logo' }],
		}));

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'b7bc2f4a-e38e-4336-af7d-e6c392c2f817' });
		expect([service.calls[0]?.method, service.calls[0]?.path, service.calls[0]?.headers['x-postmark-server-token'], service.calls[0]?.headers.accept]).toEqual(['POST', '/email', TOKEN, 'application/json']);
		expect(sent()[0]).toMatchObject({
			From: '"Shop, \\"Ltd.\\"" <news@shop.example>', To: 'ann@customer.example', Cc: 'boss@shop.example', Bcc: 'archive@shop.example', ReplyTo: 'help@shop.example', TrackOpens: false, TrackLinks: 'None', MessageStream: 'broadcast',
			Metadata: { journeys_message: 'message-1', journeys_recipient: recipientMark('ann@customer.example') }, Headers: [{ Name: 'List-Unsubscribe', Value: '<https://shop.example/u>' }, { Name: 'X-Own', Value: 'a' }],
			Attachments: [{ Name: 'a.txt', Content: 'aGVsbG8=', ContentType: 'text/plain' }, { Name: 'logo.png', ContentType: 'image/png', ContentID: 'cid:logo' }],
		});
	});

	it.each<[string, Answer, object]>([
		['a wrong token', { status: 401, json: REFUSED(10, 'No Account or Server API tokens were supplied') }, { kind: 'account', reason: expect.stringContaining('Check it in the Postmark credential') }],
		['an unknown sender', { status: 422, json: REFUSED(400, 'The Sender Signature news@shop.example is not found') }, { kind: 'account', reason: expect.stringContaining('Sender Signatures') }],
		['an account without credit', { status: 422, json: REFUSED(405, 'Not allowed to send') }, { kind: 'account', reason: expect.stringContaining('billing') }],
		['an unknown stream', { status: 422, json: REFUSED(1235, 'No such stream') }, { kind: 'account', reason: expect.stringContaining('message stream') }],
		['an inactive recipient', { status: 422, json: REFUSED(406, 'Found inactive addresses: ann@customer.example') }, { kind: 'permanent', reason: expect.stringMatching(/bounced, complained or left before.*\[address\]/) }],
		['a wrong address', { status: 422, json: REFUSED(300, "Invalid 'To' address: 'ann@customer.example'.") }, { kind: 'permanent', deadAddress: true }],
		['a mail that it cannot take', { status: 422, json: REFUSED(300, 'Zero recipients specified') }, { kind: 'permanent', reason: expect.not.stringContaining('ann@') }],
		['a forbidden attachment', { status: 422, json: REFUSED(411, 'Forbidden attachment type') }, { kind: 'permanent' }],
		['too many calls', { status: 429, json: REFUSED(429, 'Rate limit exceeded'), headers: { 'retry-after': '7' } }, { kind: 'transient', retryAfterMs: 7_000 }],
		['maintenance', { status: 503, json: REFUSED(100, 'Maintenance') }, { kind: 'transient' }],
		['that it is busy, and until when', { status: 503, text: 'busy', headers: { 'retry-after': '9' } }, { kind: 'transient', retryAfterMs: 9_000 }],
		['503 without a code, as something before it may', { status: 503, text: '<html>' }, { kind: 'ambiguous' }],
		['a failure in the middle', { status: 500, text: 'oops' }, { kind: 'ambiguous' }],
		['a broken connection', 'drop', { kind: 'ambiguous' }],
		['no answer in time', 'silence', { kind: 'ambiguous' }],
		['an answer that cannot be read', { status: 200, text: '<html>' }, { kind: 'ambiguous' }],
	])('that says %s', async (_what, answer, expected) => {
		service.answer = answer;

		const outcome = await provider.send(mail());

		expect(outcome).toMatchObject(expected);
		expect(JSON.stringify(outcome)).not.toMatch(/ann@customer|a-server-token/);
		expect(service.calls).toHaveLength(1);
	});

	it('says nothing of the address where it does not say which is wrong', async () => {
		service.answer = { status: 422, json: REFUSED(406, 'inactive') };

		expect(await provider.send(mail())).not.toHaveProperty('deadAddress');
	});

	it('is asked for nothing where an address is several', async () => {
		const outcomes = [await provider.send(mail({ to: 'a@x.example,b@x.example' })), await provider.send(mail({ from: { address: 'nobody' } })), await provider.send(mail({ bcc: ['x'] })), await provider.send(mail({ replyTo: 'help' }))];

		expect(outcomes.map(({ kind }) => kind)).toEqual(['permanent', 'account', 'permanent', 'account']);
		expect(service.calls).toEqual([]);
	});

	it('gets domains in ASCII, and each address once', async () => {
		await provider.send(mail({ to: 'ann@bücher.example', from: { address: 'news@läden.example' }, replyTo: 'help@läden.example', cc: ['boss@läden.example', 'Ann@bücher.example'], bcc: ['boss@läden.example'] }));

		expect(sent()[0]).toMatchObject({ From: 'news@xn--lden-loa.example', To: 'ann@xn--bcher-kva.example', ReplyTo: 'help@xn--lden-loa.example', Cc: 'boss@xn--lden-loa.example' });
		expect(sent()[0]).not.toHaveProperty('Bcc');
	});

	it('takes a batch in one call, with an outcome a mail in their order', async () => {
		service.answer = { status: 200, json: [OK('one'), REFUSED(406, 'Found inactive addresses: b@x.example'), OK('three')] };
		const batch = provider.batch as NonNullable<EmailProvider['batch']>;

		const outcomes = await batch.send([mail({ to: 'a@x.example' }), mail({ to: 'no address' }), mail({ to: 'b@x.example' }), mail({ to: 'c@x.example' })]);

		expect(batch.size).toBe(500);
		expect(outcomes.map((outcome) => (outcome.kind === 'accepted' ? outcome.providerId : outcome.kind))).toEqual(['one', 'permanent', 'permanent', 'three']);
		expect(service.calls.map(({ path }) => path)).toEqual(['/email/batch']);
		expect((service.calls[0]?.json as Array<{ To: string }>).map(({ To }) => To)).toEqual(['a@x.example', 'b@x.example', 'c@x.example']);
	});

	it('refuses a whole batch for its token, and what of it may have left is unknown', async () => {
		const batch = provider.batch as NonNullable<EmailProvider['batch']>;
		const mails = [mail({ to: 'a@x.example' }), mail({ to: 'b@x.example' })];
		service.answer = { status: 401, json: REFUSED(10, 'no') };
		const refused = await batch.send(mails);
		service.answer = 'drop';
		const broken = await batch.send(mails);
		service.answer = { status: 200, json: [OK('only one')] };
		const short = await batch.send(mails);

		expect([refused, broken, short].map((outcomes) => outcomes.map(({ kind }) => kind))).toEqual([['account', 'account'], ['ambiguous', 'ambiguous'], ['ambiguous', 'ambiguous']]);
	});

	it('takes no more in one call than the bytes that it may have, and at least one mail', () => {
		const batch = provider.batch as NonNullable<EmailProvider['batch']>;
		const large = (megabytes: number) => mail({ attachments: [{ fileName: 'a.bin', contentType: 'application/octet-stream', content: new Uint8Array(megabytes * 1_000_000) }] });

		expect([[mail(), mail()], Array.from({ length: 5 }, () => large(9)), [large(40), mail()], [mail({ html: 'x'.repeat(20_000_000) }), mail(), large(9)]].map((mails) => batch.fits?.(mails))).toEqual([2, 3, 1, 2]);
	});

	it('gets none of the headers that a mail sets by itself, and none that breaks a line', async () => {
		await provider.send(mail({ headers: { 'Reply-To': 'x@shop.example', Sender: 'x@shop.example', 'Return-Path': '<x@shop.example>', 'Content-Transfer-Encoding': '7bit', 'Bad name': 'x', 'X-Own': 'a\r\nBcc: x@shop.example' } }));

		expect(sent()[0]?.Headers).toEqual([{ Name: 'X-Own', Value: 'a Bcc: x@shop.example' }]);
	});
});

describe('the callbacks of Postmark', () => {
	const read = async (body: object, more: Partial<CallbackRequest> = {}) => {
		const request: CallbackRequest = { method: 'POST', url: 'https://t.example/callbacks/postmark', query: { key: 'k' }, headers: {}, body: Buffer.from(JSON.stringify(body)), ...more };
		return await callbackReader('postmark')?.read(request, { callbackKey: 'k' } as never, 0);
	};
	const reports = async (body: object): Promise<readonly DeliveryReport[]> => {
		const result = await read(body);
		return result?.kind === 'reports' ? result.reports : [];
	};
	const of = { MessageID: '883953f4-6105-42a2-a16a-77a8eac79483', Metadata: { journeys_message: 'm1', journeys_recipient: recipientMark('john@example.com') }, Recipient: 'john@example.com', Email: 'john@example.com', BouncedAt: '2014-08-01T13:28:10.2735393-04:00' };

	it.each([
		['HardBounce', 'bounced', 'hard', 'invalid'], ['BadEmailAddress', 'bounced', 'hard', 'invalid'], ['SoftBounce', 'bounced', 'soft', 'undelivered'], ['Transient', 'bounced', 'soft', 'transient'], ['Blocked', 'bounced', 'soft', 'blocked'],
		['SpamNotification', 'bounced', 'soft', 'spam-block'], ['DMARCPolicy', 'bounced', 'soft', 'policy'], ['ManuallyDeactivated', 'failed', undefined, undefined], ['SpamComplaint', 'complained', undefined, undefined], ['Unsubscribe', 'unsubscribed', undefined, undefined],
	])('tell a bounce of the type %s as %s %s', async (Type, kind, type, category) => {
		const [report] = await reports({ ...of, RecordType: 'Bounce', ID: 42, Type });

		expect([report?.kind, report?.bounce?.type, report?.bounce?.category]).toEqual([kind, type, category]);
		expect(report).toMatchObject({ message: 'm1', providerId: of.MessageID, address: 'john@example.com', atMs: Date.parse('2014-08-01T17:28:10.273Z') });
	});

	it('tell of somebody in copy as of no message of ours', async () => {
		const copy = { Recipient: 'boss@partner.example', Email: 'boss@partner.example' };
		const told = [await reports({ ...of, ...copy, RecordType: 'Open', ReceivedAt: of.BouncedAt }), await reports({ ...of, ...copy, RecordType: 'Bounce', ID: 42, Type: 'HardBounce' })].flat();

		expect(told.map(({ message, providerId, address }) => [message, providerId, address])).toEqual([[null, null, copy.Email], [null, null, copy.Email]]);
		expect(new Set(told.map(({ id }) => id)).size).toBe(2);
	});

	it.each(['AutoResponder', 'AddressChange', 'ChallengeVerification', 'Subscribe', 'InboundError', 'toString'])('tell nothing of what is no bounce: %s', async (Type) => {
		expect(await reports({ ...of, RecordType: 'Bounce', ID: 42, Type })).toEqual([]);
	});

	it('have the same id when they come again, and another for another event of the message', async () => {
		const open = { ...of, RecordType: 'Open', ReceivedAt: '2019-11-05T16:33:54.9070259Z' };
		const ids = (await Promise.all([open, open, { ...open, ReceivedAt: '2019-11-05T16:34:54.9070259Z' }, { ...open, RecordType: 'Click', OriginalLink: 'https://a' }, { ...open, RecordType: 'Click', OriginalLink: 'https://b' }].map(reports))).map(([one]) => one?.id);

		expect(new Set(ids).size).toBe(4);
		expect(ids[0]).toBe(ids[1]);
	});

	it('are refused where nothing is set, whatever the call bears', async () => {
		const request: CallbackRequest = { method: 'POST', url: '', query: { key: '' }, headers: { authorization: 'Basic Og==' }, body: Buffer.from('{}') };

		expect(await callbackReader('postmark')?.read(request, { callbackKey: '' } as never, 0)).toMatchObject({ kind: 'refused' });
		expect(bearsKey(request, '')).toBe(false);
	});
});
