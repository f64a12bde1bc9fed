import { createHmac } from 'node:crypto';

import { createDirectMailProvider } from '../../../../engine/channels/directmail';
import { lobCallbacks } from '../../../../engine/channels/directmail/lob-callbacks';
import { normalisedAddress, postalAddress, type PostalFields } from '../../../../engine/channels/directmail/postal';
import type { LobConfig, OutgoingMailpiece, SendOutcome } from '../../../../engine/channels/types';
import { httpService, type Answer, type ServiceCall } from '../http-service';
import { callback, COMMON } from '../sms/bench';

const KEY = 'live_0dc8d51e0acffcb1880e0f19c79b2f5b0cc';
/** Of Lob's API reference. */
const HARRY = { name: 'Harry Zhang', line1: '210 King St', line2: '# 6100', city: 'San Francisco', state: 'CA', postalCode: '94107', country: 'US' };
const POSTCARD: OutgoingMailpiece = {
	id: 'msg-1', to: HARRY, address: normalisedAddress(HARRY), from: { id: 'adr_210a8d4b0b76d77b' }, mailType: 'usps_first_class', useType: 'marketing', mergeVariables: { name: 'Harry' },
	piece: { kind: 'postcard', size: '6x9', front: { kind: 'html', html: '<html>Front</html>' }, back: { kind: 'template', id: 'tmpl_a1234dddg' } },
};
const LETTER: OutgoingMailpiece = {
	...POSTCARD, from: HARRY, useType: 'operational', mergeVariables: {},
	piece: { kind: 'letter', size: 'us_letter', file: { kind: 'html', html: '<html>Letter</html>' }, color: false, doubleSided: true, addressPlacement: 'top_first_page', extraService: 'certified' },
};
const OK: Answer = { status: 200, json: { id: 'psc_208e45e48d271294', object: 'postcard' } };
const refusal = (code: string, message: string, status = 422): Answer => ({ status, json: { error: { code, message, status_code: status } } });

async function withLob<Result>(answer: Answer | ((call: ServiceCall) => Answer), use: (provider: ReturnType<typeof createDirectMailProvider>, calls: ServiceCall[]) => Promise<Result>, given: Partial<LobConfig> = {}): Promise<Result> {
	const service = await httpService(answer);
	const provider = createDirectMailProvider({ kind: 'lob', apiKey: KEY, baseUrl: service.url, timeoutMs: 30_000, ...given });
	try {
		return await use(provider, service.calls);
	} finally {
		await provider.close();
		await service.close();
	}
}

const sendOnce = (answer: Answer | ((call: ServiceCall) => Answer), message = POSTCARD, given: Partial<LobConfig> = {}): Promise<{ outcome: SendOutcome; calls: ServiceCall[] }> =>
	withLob(answer, async (provider, calls) => ({ outcome: await provider.send(message), calls }), given);

describe('Lob', () => {
	it('is given a postcard as its API reference has it, once, with our id as the idempotency key', async () => {
		const { outcome, calls } = await sendOnce(OK);

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'psc_208e45e48d271294' });
		expect(calls.map(({ method, path, headers }) => [method, path, headers['idempotency-key'], headers.authorization])).toEqual([['POST', '/postcards', 'msg-1', `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`]]);
		expect(calls[0]?.json).toEqual({
			to: { name: 'Harry Zhang', address_line1: '210 King St', address_line2: '# 6100', address_city: 'San Francisco', address_state: 'CA', address_zip: '94107', address_country: 'US' },
			from: 'adr_210a8d4b0b76d77b', size: '6x9', mail_type: 'usps_first_class', use_type: 'marketing', merge_variables: { name: 'Harry' }, front: '<html>Front</html>', back: 'tmpl_a1234dddg',
			metadata: { journeys_message: 'msg-1', journeys_address: '210 KING ST 6100 SAN FRANCISCO CA 94107 US' },
		});
	});

	it('is given a letter with its colour, sides, place of the address and extra service; a size only where it is another than the usual', async () => {
		const { calls } = await sendOnce({ status: 200, json: { id: 'ltr_1' } }, LETTER);
		const legal = await sendOnce({ status: 200, json: { id: 'ltr_1' } }, { ...LETTER, piece: { ...LETTER.piece, size: 'us_legal' } as OutgoingMailpiece['piece'] }, { version: '2024-01-01' });

		expect(calls[0]).toMatchObject({ path: '/letters', json: { file: '<html>Letter</html>', color: false, double_sided: true, address_placement: 'top_first_page', extra_service: 'certified', use_type: 'operational', from: { name: 'Harry Zhang' } } });
		expect(calls[0]?.json).not.toHaveProperty('size');
		expect(calls[0]?.json).not.toHaveProperty('merge_variables');
		expect([legal.calls[0]?.headers['lob-version'], legal.calls[0]?.json]).toEqual(['2024-01-01', expect.objectContaining({ size: 'us_legal' })]);
	});

	it('is given a file as multipart, byte by byte, with what belongs together as field[name]', async () => {
		const content = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff]);
		const { calls } = await sendOnce({ status: 200, json: { id: 'ltr_1' } }, { ...LETTER, piece: { ...LETTER.piece, file: { kind: 'file', content, fileName: 'bill.pdf', contentType: 'application/pdf' } } as OutgoingMailpiece['piece'] });
		const body = calls[0]?.body ?? Buffer.alloc(0);

		expect(calls[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
		expect(body.includes(content)).toBe(true);
		expect(body.toString('latin1')).toContain('name="file"; filename="bill.pdf"\r\nContent-Type: application/pdf');
		for (const [name, value] of [['to[address_line1]', '210 King St'], ['from[name]', 'Harry Zhang'], ['color', 'false'], ['metadata[journeys_message]', 'msg-1']]) expect(body.toString('latin1')).toContain(`name="${name}"\r\n\r\n${value}\r\n`);
	});

	it('by a test key prints nothing, and the ledger says so', async () => {
		expect((await sendOnce(OK, POSTCARD, { apiKey: 'test_0dc8d51e0acffcb1880e0f19c79b2f5b0cc' })).outcome).toEqual({ kind: 'accepted', providerId: 'psc_208e45e48d271294', note: 'Lob test environment: nothing is printed' });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		...COMMON,
		['an address that fails Lob\'s strictness', refusal('failed_deliverability_strictness', 'to address 210 King St does not meet your strictness requirements'), { kind: 'permanent', deadAddress: true }],
		['lines that are too long', refusal('address_length_exceeds_limit', 'the sum of address_line1 and address_line2 cannot surpass 50 characters'), { kind: 'permanent' }],
		['anything else that is wrong with this piece', refusal('invalid', 'to.name is required'), { kind: 'permanent' }],
		['a design that is wrong for all', refusal('invalid_template_html', 'the HTML is invalid'), { kind: 'account' }],
		['a template that is not there', refusal('not_found', 'template not found', 404), { kind: 'account' }],
		['an account without a way to pay', refusal('payment_method_unverified', 'verify a bank account or card', 401), { kind: 'account' }],
		['an account without a billing address', refusal('billing_address_required', 'add a billing address', 403), { kind: 'account' }],
		['a sender abroad', refusal('foreign_return_address', 'from must be a US address'), { kind: 'account' }],
		['an answer that is none', { status: 200, text: 'thanks' }, { kind: 'ambiguous' }],
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(answer);

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect('reason' in outcome ? outcome.reason : '').not.toMatch(/210 King|live_0dc8/);
	});

	it('what is wrong with a file that each person brings is that piece\'s alone', async () => {
		const file = { kind: 'file' as const, content: Buffer.from('x'), fileName: 'a.pdf', contentType: 'application/pdf' };

		expect((await sendOnce(refusal('pdf_encrypted', 'an encrypted PDF was provided'), { ...LETTER, piece: { ...LETTER.piece, file } as OutgoingMailpiece['piece'] })).outcome).toMatchObject({ kind: 'permanent' });
	});

	it('waits for the second that Lob names in ratelimit-reset', async () => {
		const date = new Date(1_528_749_816_000).toUTCString();

		expect((await sendOnce({ status: 429, json: { error: { code: 'rate_limit_exceeded', message: 'Rate limit exceeded' } }, headers: { date, 'ratelimit-reset': '1528749846' } })).outcome).toMatchObject({ kind: 'transient', retryAfterMs: 30_000 });
	});

	it('a call that is lost is made again with its key, and what Lob then says counts; what stays unclear is never made again', async () => {
		let calls = 0;
		const found = await sendOnce(() => ((calls += 1) === 1 ? 'drop' : OK));
		const lost = await sendOnce('drop');
		const slow = await sendOnce(refusal('request_timeout', 'the request took too long', 408));

		expect([found.outcome, found.calls.map(({ headers }) => headers['idempotency-key'])]).toEqual([{ kind: 'accepted', providerId: 'psc_208e45e48d271294' }, ['msg-1', 'msg-1']]);
		expect([lost.outcome.kind, slow.outcome.kind]).toEqual(['ambiguous', 'ambiguous']);
	});

	it('the Test button reads, prints nothing, and says what a wrong key is', async () => {
		const verify = (answer: Answer) => withLob(answer, async (provider, calls) => ({ error: await provider.verify().then(() => undefined, (error: Error) => error.message), calls }));

		expect(await verify({ status: 200, json: { data: [], object: 'list' } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/postcards?limit=1' }] });
		expect((await verify(refusal('invalid_api_key', 'Your API key is not valid', 401))).error).toMatch(/^Lob refused the login \(401\).*not valid/);
	});
});

describe('callbacks of Lob', () => {
	const SECRET = 'webhook-secret';
	const NOW_MS = Date.parse('2026-03-02T09:00:00Z');
	const event = (type: string, more: object = {}) => ({
		id: 'evt_d95ff8ffd2b5cfb4', object: 'event', reference_id: 'psc_1', date_created: '2026-03-02T08:59:00.000Z', event_type: { id: type, enabled_for_test: true, resource: 'postcards', object: 'event_type' },
		body: { id: 'psc_1', object: 'postcard', metadata: { journeys_message: 'msg-1', journeys_address: '210 KING ST' }, ...more },
	});
	const read = (body: string, { secret = SECRET, timestamp = String(NOW_MS), signed = body }: { secret?: string; timestamp?: string; signed?: string } = {}) =>
		lobCallbacks.read(callback({ body, headers: { 'lob-signature-timestamp': timestamp, 'lob-signature': createHmac('sha256', secret).update(`${timestamp}.${signed}`).digest('hex') } }), { webhookSecret: SECRET }, NOW_MS);

	it.each<[string, object, object | null]>([
		['postcard.delivered', {}, { kind: 'delivered' }],
		['letter.certified.delivered', {}, { kind: 'delivered' }],
		['postcard.returned_to_sender', {}, { kind: 'bounced', bounce: { type: 'hard', category: 'returned-to-sender' } }],
		['letter.certified.returned_to_sender', {}, { kind: 'bounced', bounce: { type: 'hard', category: 'returned-to-sender' } }],
		['letter.failed', { failure_reason: { failure_reason: 'Asset could not be loaded' } }, { kind: 'failed', reason: 'Asset could not be loaded' }],
		['postcard.rejected', {}, { kind: 'failed' }],
		['letter.rejected', { to: { name: 'ANN MARSH', address_line1: '210 KING ST', address_line2: 'B', address_state: 'CA', address_zip: '94107' }, failure_reason: { failure_reason: 'Ann Marsh, 210 King St, 94107: undeliverable by mail' } }, { kind: 'failed', reason: '[address], [address], [address]: undeliverable by mail' }],
		['postcard.deleted', {}, { kind: 'failed' }],
		['postcard.in_transit', {}, null],
		['letter.re-routed', {}, null],
		['letter.return_envelope.returned_to_sender', {}, null],
		['letter.return_envelope.delivered', {}, null],
		['address.deleted', {}, null],
	])('%s', async (type, more, expected) => {
		const result = await read(JSON.stringify(event(type, more)));

		expect(result).toEqual({ kind: 'reports', reports: expected === null ? [] : [expect.objectContaining({ message: 'msg-1', providerId: 'psc_1', address: '210 KING ST', atMs: NOW_MS - 60_000, id: 'evt_d95ff8ffd2b5cfb4', ...expected })] });
	});

	it('believes nothing that is signed by another, over another body, too long ago, or not at all; times may be seconds', async () => {
		const body = JSON.stringify(event('postcard.delivered'));
		const kinds = await Promise.all([
			read(body), read(body, { timestamp: String(NOW_MS / 1000) }), read(body, { secret: 'another' }), read(body, { signed: '{}' }), read(body, { timestamp: String(NOW_MS - 49 * 3_600_000) }),
			lobCallbacks.read(callback({ body }), { webhookSecret: SECRET }, NOW_MS), lobCallbacks.read(callback({ body }), { webhookSecret: '' }, NOW_MS),
		]);

		expect(kinds.map(({ kind }) => kind)).toEqual(['reports', 'reports', 'refused', 'refused', 'refused', 'refused', 'refused']);
		expect((await read('{"x":1}')).kind).toBe('malformed');
	});
});

describe('a postal address', () => {
	const fields = (given: Partial<PostalFields> = {}): PostalFields => ({ company: '', ...HARRY, ...given });
	const codes = (text: string): string | null => ({ US: 'US', Germany: 'DE', PR: 'PR' })[text] ?? null;

	it.each<[string, Partial<PostalFields>, object]>([
		['of the US', {}, { address: HARRY }],
		['without a country is of the US', { country: '' }, { address: HARRY }],
		['of a territory is of the US, by its state', { country: 'PR', state: 'x', postalCode: '00901' }, { address: { ...HARRY, state: 'PR', postalCode: '00901' } }],
		['elsewhere needs a postal code, or city and state', { country: 'Germany', state: '', postalCode: '10117', city: 'Berlin' }, { address: { ...HARRY, country: 'DE', state: '', postalCode: '10117', city: 'Berlin' } }],
		['elsewhere without either', { country: 'Germany', state: '', postalCode: '' }, { reason: expect.stringContaining('neither') as string }],
		['of no country', { country: 'Atlantis' }, { reason: expect.stringContaining('country') as string }],
		['without a line', { line1: ' ' }, { reason: 'no postal address' }],
		['without a name', { name: '' }, { reason: 'the postal address has no name' }],
		['of a company', { name: '', company: 'Lob' }, { address: { ...HARRY, name: '', company: 'Lob' } }],
		['without a city', { city: '' }, { reason: 'the postal address has no city' }],
		['with a state in words', { state: 'California' }, { reason: expect.stringContaining('two letters') as string }],
		['with a postal code of elsewhere', { postalCode: '9410' }, { reason: expect.stringContaining('12345') as string }],
		['with a line that fits on no piece', { line1: 'x'.repeat(65) }, { reason: expect.stringContaining('too long') as string }],
	])('%s', (_what, given, expected) => {
		expect(postalAddress(fields(given), codes)).toEqual(expected);
	});

	it('is the same however people write it, and whoever lives there', () => {
		expect(normalisedAddress({ ...HARRY, name: 'Ann', line1: ' 210  king st.', line2: '#6100', postalCode: '94107-1741' })).toBe(normalisedAddress(HARRY));
	});
});
