import { createHmac } from 'node:crypto';

import { createEmailProvider, mailgunCallbacks } from '../../../../engine/channels';
import type { EmailProvider, MailgunConfig } from '../../../../engine/channels';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import { httpService, type Answer, type Service, type ServiceCall } from '../http-service';
import { email } from '../servers';
import { BYTES, callback, expectDiscreet, fullEmail, headerLines, outcomeAt, partOf, reportsOf, UNSUBSCRIBE } from './samples';

const KEY = 'key-3ax6xnjp29jd6fds4gc373sgvjxteol0';
const ACCEPTED: Answer = { status: 200, json: { id: '<bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>', message: 'Queued. Thank you.' } };
const refusal = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({ status, json: { message }, headers });

let service: Service;
let provider: EmailProvider;

beforeEach(async () => {
	service = await httpService(ACCEPTED);
	provider = open();
});
afterEach(async () => {
	await provider.close();
	await service.close();
});

function open(given: Partial<MailgunConfig> = {}): EmailProvider {
	return createEmailProvider({ kind: 'mailgun', apiKey: KEY, domain: 'mg.shop.example', region: 'us', baseUrl: service.url, timeoutMs: 6_000, ...given });
}

async function formOf({ body, headers }: ServiceCall): Promise<FormData> {
	return await new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
}

describe('A mail by Mailgun', () => {
	it('goes as MIME to each recipient, with Mailgun\'s own tracking off', async () => {
		const outcome = await provider.send(fullEmail());

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'bXNnLWlkLTEyMzQ1Njc4OQ@shop.example' });
		const [call] = service.calls;
		expect(call).toMatchObject({ method: 'POST', path: '/v3/mg.shop.example/messages.mime', headers: { authorization: `Basic ${Buffer.from(`api:${KEY}`).toString('base64')}` } });
		const form = await formOf(call!);
		const file = form.get('message') as File;
		expect([...form.keys()].filter((name) => name !== 'message').map((name) => [name, form.getAll(name)])).toEqual(expect.arrayContaining([
			['to', ['ann.marsh@customer.example', 'copy@partner.example', 'archive@shop.example']],
			['o:tracking', ['no']], ['o:tracking-clicks', ['no']], ['o:tracking-opens', ['no']],
			['v:journeys_message', ['bXNnLWlkLTEyMzQ1Njc4OQ']], ['v:journeys_recipient', [recipientMark('ann.marsh@customer.example')]],
		]));
		expect(file.type).toBe('message/rfc822');
		const raw = await file.text();
		expect(headerLines(raw, 'From')).toEqual(['From: The Shop <news@shop.example>']);
		expect(headerLines(raw, 'Reply-To')).toEqual(['Reply-To: help@shop.example']);
		expect(headerLines(raw, 'Cc')).toEqual(['Cc: copy@partner.example']);
		expect(headerLines(raw, 'Message-ID')).toEqual(['Message-ID: <bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>']);
		expect(headerLines(raw, 'List-Unsubscribe')).toEqual([`List-Unsubscribe: ${UNSUBSCRIBE}`]);
		expect(headerLines(raw, 'List-Unsubscribe-Post')).toEqual(['List-Unsubscribe-Post: List-Unsubscribe=One-Click']);
		expect(raw).not.toContain('archive@shop.example');
		expect(partOf(raw, 'application/pdf')).toEqual(Buffer.from(BYTES));
		expect(partOf(raw, 'Content-ID: <logo>')).toEqual(Buffer.from(BYTES.subarray(0, 20)));
	});

	it('to what is no address asks nobody', async () => {
		expect(await provider.send(email({ to: 'a@a.example, b@b.example' }))).toMatchObject({ kind: 'permanent' });
		expect(service.calls).toEqual([]);
	});
});

describe('What Mailgun answers', () => {
	it('of a mail with copies is no word about the person\'s address: copies are given as recipients, too', async () => {
		service.answer = refusal(400, '\'to\' parameter is not a valid address. please check documentation');
		const outcomes = [await provider.send(email({ cc: ['copy@partner.example'] })), await provider.send(email({ bcc: ['archive@shop.example'] })), await provider.send(email({ cc: ['ann.marsh@customer.example'] }))];

		expect(outcomes.map((outcome) => [outcome.kind, 'deadAddress' in outcome])).toEqual([['permanent', false], ['permanent', false], ['permanent', true]]);
	});

	const limited = 'Domain example.com is not allowed to send: account-requests-per-sec limit exceeded, try again after 120 seconds';

	it.each<[string, Answer, object]>([
		['the recipient is no address', refusal(400, '\'to\' parameter is not a valid address. please check documentation'), { kind: 'permanent', deadAddress: true }],
		['the sender is no address', refusal(400, '\'from\' parameter is not a valid address. please check documentation'), { kind: 'account', reason: expect.stringContaining('Correct From') }],
		['something else is wrong', refusal(400, 'Need at least one of \'text\', \'html\', \'amp-html\' or \'template\' parameters specified.'), { kind: 'permanent' }],
		['the key is wrong', { status: 401, text: 'Forbidden' }, { kind: 'account', reason: expect.stringMatching(/Check API Key, Domain and Region.*Mailgun said: Forbidden/) }],
		['payment is due', { status: 402, json: { message: 'Payment required' } }, { kind: 'account' }],
		['the domain is a sandbox', refusal(403, 'Domain sandbox1.mailgun.org is not allowed to send: Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients in Account Settings.'), { kind: 'account' }],
		['the domain is not known', refusal(404, 'Domain not found: mg.shop.example'), { kind: 'account', reason: expect.stringContaining('Check region, domain') }],
		['the path is not known', { status: 200, text: 'Mailgun Magnificent API' }, { kind: 'account', reason: expect.stringContaining('Check Domain and Region') }],
		['it is too large', refusal(413, 'Too large'), { kind: 'permanent' }],
		['too many, for some seconds', refusal(429, limited), { kind: 'transient', retryAfterMs: 120_000 }],
		['too many, until a date', refusal(420, 'Domain mail.example.com is not allowed to send: recipient limit exceeded, try again after Mon, 25 Aug 2025 07:00:31 UTC', { Date: 'Mon, 25 Aug 2025 07:00:01 GMT' }), { kind: 'transient', retryAfterMs: 30_000 }],
		['too many, with Retry-After', refusal(429, 'Too many requests', { 'Retry-After': '7' }), { kind: 'transient', retryAfterMs: 7_000 }],
		['it is away for a time that it says', { status: 503, text: 'no', headers: { 'retry-after': '30' } }, { kind: 'transient' }],
		['it, or a proxy before it, is away', { status: 503, text: 'no' }, { kind: 'ambiguous' }],
		['it failed on the way', refusal(500, 'Internal Server Error'), { kind: 'ambiguous' }],
		['something that is no answer', { status: 200, json: {} }, { kind: 'ambiguous' }],
		['nothing: the connection drops', 'drop', { kind: 'ambiguous' }],
		['nothing at all', 'silence', { kind: 'ambiguous' }],
	])('%s', async (_title, answer, expected) => {
		const outcome = await outcomeAt(service, provider, answer);

		expect(outcome).toMatchObject(expected);
		if (!('deadAddress' in expected)) expect(outcome).not.toHaveProperty('deadAddress');
		expectDiscreet(outcome, [KEY]);
		expect(service.calls).toHaveLength(1);
	});
});

describe('Verifying a Mailgun domain', () => {
	const right = refusal(400, 'from parameter is missing');
	const answers = (send: Answer, domain: Answer) => {
		service.answer = ({ method }) => (method === 'POST' ? send : domain);
	};
	const state = (value: string): Answer => ({ status: 200, json: { domain: { name: 'mg.shop.example', state: value }, sending_dns_records: [] } });

	it('tries the right to send with a message that holds nothing, and asks how the domain is', async () => {
		answers(right, state('active'));

		await expect(provider.verify()).resolves.toBeUndefined();
		expect(service.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v3/mg.shop.example/messages', 'GET /v4/domains/mg.shop.example']);
		expect([...(await formOf(service.calls[0]!)).keys()]).toEqual([]);
	});

	it('is content with a sending key, which may not ask for the domain', async () => {
		answers(right, { status: 401, text: 'Forbidden' });

		await expect(provider.verify()).resolves.toBeUndefined();
	});

	it.each<[string, Answer, Answer, string]>([
		['the key is wrong', { status: 401, text: 'Forbidden' }, state('active'), 'Check API Key and Region'],
		['the domain is elsewhere', refusal(404, 'Domain not found'), state('active'), 'US and EU know nothing of each other'],
		['the path is not known', { status: 200, text: 'Mailgun Magnificent API' }, state('active'), 'Check Domain and Region'],
		['the domain is not verified', right, state('unverified'), 'Set the DNS records'],
		['the domain is disabled', right, state('disabled'), 'Ask Mailgun\'s support'],
	])('says what to do when %s', async (_title, send, domain, message) => {
		answers(send, domain);

		const error: unknown = await provider.verify().catch((reason: unknown) => reason);

		expect(error).toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining(message) });
		expectDiscreet(error, [KEY]);
	});
});

describe('A callback of Mailgun', () => {
	const secrets = { signingKey: 'webhook-signing-key' };
	const AT = 1_529_006_854;
	const NOW = AT * 1000 + 5_000;

	function signed(event: object, timestamp = String(AT), key = secrets.signingKey) {
		const token = 'a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0';
		const signature = createHmac('sha256', key).update(`${timestamp}${token}`).digest('hex');
		return callback(JSON.stringify({ signature: { timestamp, token, signature }, 'event-data': event }), { 'content-type': 'application/json' });
	}
	const event = (given: object) => ({
		id: 'DACSsAdVSeGpLid7TN03WA', timestamp: AT + 0.329, 'log-level': 'info', recipient: 'ann.marsh@customer.example',
		message: { headers: { 'message-id': 'bXNnLWlkLTEyMzQ1Njc4OQ@shop.example' } },
		'user-variables': { journeys_message: 'bXNnLWlkLTEyMzQ1Njc4OQ', journeys_recipient: recipientMark('ann.marsh@customer.example') }, ...given,
	});
	const read = async (given: object) => reportsOf(await mailgunCallbacks.read(signed(event(given)), secrets, NOW));
	const failed = (severity: string, reason: string, status: object = {}) => ({ event: 'failed', severity, reason, 'delivery-status': status });

	it.each<[string, object, object | null]>([
		['accepted', { event: 'accepted', 'user-variables': [] }, null],
		['delivered', { event: 'delivered', 'delivery-status': { code: 250, message: 'OK' } }, { kind: 'delivered' }],
		['failed: bounce', failed('permanent', 'bounce', { code: 550, message: '5.1.1 ann.marsh@customer.example does not exist' }), { kind: 'bounced', bounce: { type: 'hard', category: 'bounce' }, reason: '5.1.1 [address] does not exist' }],
		['failed: bounce that Mailgun calls soft', failed('permanent', 'bounce', { code: 552, 'bounce-type': 'soft' }), { kind: 'bounced', bounce: { type: 'soft', category: 'bounce' }, reason: 'bounce' }],
		['failed: bounce for policy', failed('permanent', 'bounce', { code: 550, 'enhanced-code': '5.7.1', message: 'spam' }), { kind: 'bounced', bounce: { type: 'soft', category: 'bounce' }, reason: 'spam' }],
		['failed: refused by the provider', failed('permanent', 'espblock', { message: 'blocked' }), { kind: 'bounced', bounce: { type: 'soft', category: 'espblock' }, reason: 'blocked' }],
		['failed: tried for too long', failed('permanent', 'old', { description: 'Too old' }), { kind: 'bounced', bounce: { type: 'soft', category: 'old' }, reason: 'Too old' }],
		['failed: on Mailgun\'s list', failed('permanent', 'suppress-bounce', { code: 605, message: '', description: 'Not delivering to previously bounced address' }), { kind: 'failed', reason: 'Not delivering to previously bounced address' }],
		['failed: on Mailgun\'s list of complaints', failed('permanent', 'suppress-complaint'), { kind: 'failed', reason: 'suppress-complaint' }],
		['failed for now', failed('temporary', 'generic', { code: 498, message: 'No MX' }), null],
		['rejected', { event: 'rejected', reject: { reason: 'Sandbox subdomains are for test purposes only.', description: '' } }, { kind: 'failed', reason: 'Sandbox subdomains are for test purposes only.' }],
		['opened', { event: 'opened', 'client-info': { 'client-type': 'browser', bot: '', 'user-agent': 'Mozilla/5.0 (Macintosh)' } }, { kind: 'opened', userAgent: 'Mozilla/5.0 (Macintosh)' }],
		['opened by a machine', { event: 'opened', 'client-info': { bot: 'apple' } }, { kind: 'opened', machine: true }],
		['clicked', { event: 'clicked', url: 'http://mailgun.net', 'client-info': { 'user-agent': 'Mozilla/5.0 (X11)' } }, { kind: 'clicked', url: 'http://mailgun.net', userAgent: 'Mozilla/5.0 (X11)' }],
		['clicked by a machine', { event: 'clicked', url: 'http://mailgun.net', 'client-info': { bot: 'generic' } }, { kind: 'clicked', url: 'http://mailgun.net', machine: true }],
		['complained', { event: 'complained' }, { kind: 'complained' }],
		['unsubscribed', { event: 'unsubscribed' }, { kind: 'unsubscribed' }],
	])('%s', async (_title, given, expected) => {
		expect(await read(given)).toEqual(expected === null ? [] : [{
			id: 'DACSsAdVSeGpLid7TN03WA@1529006854329', message: 'bXNnLWlkLTEyMzQ1Njc4OQ', providerId: 'bXNnLWlkLTEyMzQ1Njc4OQ@shop.example',
			address: 'ann.marsh@customer.example', atMs: 1_529_006_854_329, ...expected,
		}]);
	});

	it('about somebody in copy is of no message of ours', async () => {
		expect(await read({ event: 'failed', severity: 'permanent', reason: 'bounce', recipient: 'copy@partner.example' })).toMatchObject([{ message: null, providerId: null, address: 'copy@partner.example' }]);
	});

	it('without our variables is known by its Message-ID', async () => {
		expect(await read({ event: 'delivered', 'user-variables': 'Could not load user-variables. They were either truncated or invalid JSON' })).toMatchObject([{ message: null, providerId: 'bXNnLWlkLTEyMzQ1Njc4OQ@shop.example' }]);
	});

	it('is refused with another key, time, signature or none, and when it is older than Mailgun tries', async () => {
		const good = signed(event({ event: 'delivered' }));
		const kindOf = async (request = good, given = secrets, nowMs = NOW) => (await mailgunCallbacks.read(request, given, nowMs)).kind;
		const changed = (from: string, to: string) => callback(Buffer.from(good.body).toString().replace(from, to));

		expect(await kindOf()).toBe('reports');
		expect(await kindOf(good, { signingKey: 'other' })).toBe('refused');
		expect(await kindOf(good, { signingKey: '' })).toBe('refused');
		expect(await kindOf(changed(`"timestamp":"${AT}"`, `"timestamp":"${AT + 1}"`))).toBe('refused');
		expect(await kindOf(changed('"signature":"', '"signature":"00'))).toBe('refused');
		expect(await kindOf(changed('"signature":{', '"unsigned":{'))).toBe('refused');
		expect(await kindOf(good, secrets, NOW + 9 * 3_600_000)).toBe('reports');
		expect(await kindOf(good, secrets, NOW + 25 * 3_600_000)).toBe('refused');
		expect(await kindOf(good, secrets, NOW - 3_600_000)).toBe('refused');
	});

	it('that is a form, as the legacy webhooks were, cannot be read', async () => {
		expect(await mailgunCallbacks.read(callback('event=delivered&token=x'), secrets, NOW)).toMatchObject({ kind: 'malformed', reason: expect.stringContaining('Sending, Webhooks') });
		expect(await mailgunCallbacks.read(signed({}), secrets, NOW)).toMatchObject({ kind: 'malformed' });
	});
});
