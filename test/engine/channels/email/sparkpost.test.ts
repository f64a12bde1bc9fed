import { createEmailProvider, sparkPostCallbacks, type CallbackRequest, type DeliveryReport, type EmailProvider } from '../../../../engine/channels';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import { httpService, type Answer, type Service } from '../http-service';
import { email } from '../servers';
import { richEmail } from './rich-email';

const KEY = '14ac5499cfdd2bb2859e4476d2e5b1d2bad079bf';
let service: Service;
let provider: EmailProvider;

beforeEach(async () => {
	service = await httpService({ status: 200, json: { results: { total_rejected_recipients: 0, total_accepted_recipients: 1, id: '11668787484950529' } } });
	provider = createEmailProvider({ kind: 'sparkpost', apiKey: KEY, baseUrl: `${service.url}/api`, timeoutMs: 6_000 });
});
afterEach(async () => {
	await provider.close();
	await service.close();
});

const error = (status: number, code: string, message: string, description?: string): Answer => ({ status, json: { errors: [{ message, code, ...(description === undefined ? {} : { description }) }] } });

describe('a mail by SparkPost', () => {
	it('has everything that it was given, our id as metadata, its headers unchanged, and tracking of SparkPost\'s off', async () => {
		const mail = richEmail();
		service.answer = { status: 200, json: { results: { total_rejected_recipients: 0, total_accepted_recipients: 3, id: '11668787484950529' } } };

		expect(await provider.send(mail)).toEqual({ kind: 'accepted', providerId: '11668787484950529' });

		const [call] = service.calls;
		expect(call).toMatchObject({ method: 'POST', path: '/api/v1/transmissions', headers: { authorization: KEY, 'content-type': 'application/json' } });
		expect(call?.json).toEqual({
			options: { open_tracking: false, initial_open: false, click_tracking: false, perform_substitutions: false, transactional: false },
			recipients: [
				{ address: { email: 'ann.marsh@customer.example' } },
				{ address: { email: 'copy@customer.example', header_to: 'ann.marsh@customer.example' } },
				{ address: { email: 'archive@shop.example', header_to: 'ann.marsh@customer.example' } },
			],
			metadata: { journeys_message: mail.id, journeys_recipient: recipientMark(mail.to) },
			content: {
				from: { email: 'news@shop.example', name: 'The Shop, "Berlin"' }, reply_to: 'help@shop.example', subject: 'Hello', html: '<p>Hello</p>', text: 'Hello',
				headers: { 'List-Unsubscribe': mail.headers['List-Unsubscribe'], 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click', CC: 'copy@customer.example' },
				attachments: [{ name: 'bill.pdf', type: 'application/pdf', data: Buffer.from('%PDF').toString('base64') }],
				inline_images: [{ name: 'logo', type: 'image/png', data: 'AQL/' }],
			},
		});
	});

	it('without List-Unsubscribe is transactional: no list of unsubscribers keeps it back', async () => {
		await provider.send(email());
		expect(service.calls[0]?.json).toMatchObject({ options: { transactional: true } });
	});

	it('keeps braces in its subject, where SparkPost\'s own template language would take them', async () => {
		await provider.send(email({ subject: 'Save {{ 10 }}' }));
		expect(service.calls[0]?.json).toMatchObject({ content: { subject: '{{journeys_subject}}' }, substitution_data: { journeys_subject: 'Save {{ 10 }}' } });
	});

	it.each([
		['a key that is none', { status: 401, json: { errors: [{ message: 'Unauthorized.' }] } }, 'account'],
		['a key that may not send', { status: 403, json: { errors: [{ message: 'Forbidden.' }] } }, 'account'],
		['a domain that is not verified', error(400, '7001', 'Invalid domain', 'Unconfigured or unverified sending domain.'), 'account'],
		['a domain without DKIM', error(400, '1100', 'DKIM key \'marketing\' is not verified for sending domain \'example.com\''), 'account'],
		['a limit that is reached', error(420, '2101', 'Exceed Sending Limit (hourly)'), 'account'],
		['content that it does not take', error(422, '3050', 'template HTML content is invalid'), 'permanent'],
		['a suppression of its own', error(400, '1902', 'Message generation rejected', 'recipient address suppressed due to customer policy'), 'permanent'],
		['too many requests', { status: 429, json: { errors: [{ message: 'Too many requests' }] } }, 'transient'],
		['resources that are away', error(400, '1502', 'Server resources unavailable'), 'transient'],
		['resources that went away meanwhile', error(500, '1502', 'Server resources unavailable'), 'ambiguous'],
		['a generator that failed', error(502, '1900', 'Message generation module not available'), 'ambiguous'],
		['a proxy before it that is away', { status: 503, text: '' }, 'ambiguous'],
		['a generator that is away', error(503, '1900', 'Message generation module not available'), 'transient'],
		['an error of its own', error(500, '1500', 'Failed to update database'), 'ambiguous'],
		['an answer without an id', { status: 200, json: {} }, 'ambiguous'],
		['a dropped connection', 'drop', 'ambiguous'],
		['no answer', 'silence', 'ambiguous'],
	] as Array<[string, Answer, string]>)('that meets %s: the outcome is sorted as what it is', async (_what, answer, kind) => {
		service.answer = answer;

		expect(await provider.send(email())).toMatchObject({ kind });
		expect(service.calls).toHaveLength(1);
	});

	it.each([
		['alone', error(400, '5002', 'No valid recipients in list', `ann.marsh@customer.example ${KEY}`)],
		['by a count', { status: 200, json: { results: { id: '1', total_accepted_recipients: 0, total_rejected_recipients: 1, rcpt_to_errors: [{ message: 'ann.marsh@customer.example', code: '1400' }] } } } as Answer],
	])('whose address is refused (%s) is dead, and nothing personal is in the reason', async (_how, answer) => {
		service.answer = answer;

		const outcome = await provider.send(email());

		expect(outcome).toMatchObject({ kind: 'permanent', deadAddress: true });
		expect(JSON.stringify(outcome)).not.toMatch(/ann\.marsh|14ac5499/);
	});
});

describe('what SparkPost counts', () => {
	const counted = (given: object): Answer => ({ status: 200, json: { results: { id: '1', ...given } } });
	const copies = { cc: ['copy@customer.example'], bcc: ['archive@shop.example'] };

	it.each<[string, Answer, object, string, boolean]>([
		['nothing', counted({}), {}, 'accepted', false],
		['nothing, of a mail with copies', counted({}), copies, 'accepted', false],
		['all of three', counted({ total_accepted_recipients: 3, total_rejected_recipients: 0 }), copies, 'accepted', false],
		['some of three, and none refused', counted({ total_accepted_recipients: 1, total_rejected_recipients: 0 }), copies, 'accepted', false],
		['one of three, which may be a copy', counted({ total_accepted_recipients: 1, total_rejected_recipients: 2 }), copies, 'ambiguous', false],
		['one rejected of three, and no more', counted({ total_rejected_recipients: 1 }), copies, 'ambiguous', false],
		['none of three', counted({ total_accepted_recipients: 0, total_rejected_recipients: 3 }), copies, 'permanent', true],
		['one rejected of one, and no more', counted({ total_rejected_recipients: 1 }), {}, 'permanent', true],
	])('is taken for what it is: %s', async (_what, answer, more, kind, isDead) => {
		service.answer = answer;

		const outcome = await provider.send(email(more));

		expect([outcome.kind, 'deadAddress' in outcome]).toEqual([kind, isDead]);
	});
});

describe('the test of a SparkPost key', () => {
	it('passes with a key that may send, by a transmission that lacks everything', async () => {
		service.answer = error(422, '1400', 'required field is missing', 'content object or template_id required');
		await provider.verify();
		expect(service.calls[0]).toMatchObject({ method: 'POST', path: '/api/v1/transmissions', json: {} });
	});

	it.each([[401, 'Unauthorized.'], [403, 'Forbidden.'], [400, undefined]])('fails with %s', async (status, message) => {
		service.answer = { status, json: message === undefined ? {} : { errors: [{ message }] } };
		await expect(provider.verify()).rejects.toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining(message ?? 'SparkPost refused') as string });
	});
});

describe('a callback of SparkPost', () => {
	const secrets = { callbackKey: 'chosen-key' };
	const base = {
		event_id: '92356927693813856', timestamp: '1795600000', rcpt_to: 'ann.marsh@customer.example', raw_rcpt_to: 'Ann.Marsh@customer.example', transmission_id: '11668787484950529', message_id: '000443ee14578172be22',
		rcpt_meta: { journeys_message: 'm1', journeys_recipient: recipientMark('ann.marsh@customer.example') },
	};
	const request = (body: unknown, query: Record<string, string> = {}, headers: Record<string, string> = { authorization: `Basic ${Buffer.from('n8n:chosen-key').toString('base64')}` }): CallbackRequest =>
		({ method: 'POST', url: 'https://n8n.example/callbacks/sparkpost', query, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) });
	const reportsOf = async (...events: Array<[string, object]>): Promise<DeliveryReport[]> => {
		const result = await sparkPostCallbacks.read(request(events.map(([kind, event]) => ({ msys: { [kind]: { ...base, ...event } } }))), secrets, 0);
		return result.kind === 'reports' ? result.reports : [];
	};

	it.each([
		['message_event', { type: 'delivery' }, { kind: 'delivered' }],
		['message_event', { type: 'bounce', bounce_class: '10', reason: '550 5.1.1 <ann.marsh@customer.example> unknown' }, { kind: 'bounced', bounce: { type: 'hard', category: 'invalid-recipient' }, reason: '550 5.1.1 <[address]> unknown' }],
		['message_event', { type: 'bounce', bounce_class: '22', reason: 'full' }, { kind: 'bounced', bounce: { type: 'soft', category: 'mailbox-full' }, reason: 'full' }],
		['message_event', { type: 'bounce', bounce_class: '51' }, { kind: 'bounced', bounce: { type: 'soft', category: 'spam-block' } }],
		['message_event', { type: 'out_of_band', bounce_class: '30' }, { kind: 'bounced', bounce: { type: 'hard', category: 'no-recipient' } }],
		['message_event', { type: 'spam_complaint' }, { kind: 'complained' }],
		['message_event', { type: 'policy_rejection', reason: '550 5.7.1 suppressed' }, { kind: 'failed', reason: '550 5.7.1 suppressed' }],
		['gen_event', { type: 'generation_failure', reason: 'render error' }, { kind: 'failed', reason: 'render error' }],
		['unsubscribe_event', { type: 'list_unsubscribe' }, { kind: 'unsubscribed' }],
		['unsubscribe_event', { type: 'link_unsubscribe' }, { kind: 'unsubscribed' }],
		['track_event', { type: 'open', user_agent: 'Mozilla/5.0 (Macintosh)', user_agent_parsed: { is_proxy: true, is_prefetched: false } }, { kind: 'opened', userAgent: 'Mozilla/5.0 (Macintosh)' }],
		['track_event', { type: 'initial_open', user_agent_parsed: { is_prefetched: true } }, { kind: 'opened', machine: true }],
		['track_event', { type: 'click', target_link_url: 'https://shop.example/x', user_agent: 'Mozilla/5.0 (X11)' }, { kind: 'clicked', url: 'https://shop.example/x', userAgent: 'Mozilla/5.0 (X11)' }],
	] as Array<[string, object, Partial<DeliveryReport>]>)('tells of this: %s %j', async (kind, event, expected) => {
		expect(await reportsOf([kind, event])).toEqual([{
			message: 'm1', providerId: '11668787484950529', address: 'Ann.Marsh@customer.example', atMs: 1_795_600_000_000, id: '92356927693813856', ...expected,
		}]);
	});

	it('says nothing of what is on its way, of a ping and of who got a copy', async () => {
		expect(await reportsOf(['message_event', { type: 'injection' }], ['message_event', { type: 'delay' }], ['message_event', { type: 'bounce', rcpt_to: 'copy@customer.example', raw_rcpt_to: 'copy@customer.example' }])).toEqual([]);
		expect(await sparkPostCallbacks.read(request([{ msys: {} }]), secrets, 0)).toEqual({ kind: 'reports', reports: [] });
	});

	it('is believed with the key alone', async () => {
		expect(await sparkPostCallbacks.read(request([{ msys: {} }], { key: 'chosen-key' }, {}), secrets, 0)).toMatchObject({ kind: 'reports' });
		expect(await sparkPostCallbacks.read(request([{ msys: {} }], { key: 'chosen-kez' }, {}), secrets, 0)).toMatchObject({ kind: 'refused' });
		expect(await sparkPostCallbacks.read(request([{ msys: {} }], {}, {}), secrets, 0)).toMatchObject({ kind: 'refused' });
		expect(await sparkPostCallbacks.read(request('no JSON'), secrets, 0)).toMatchObject({ kind: 'malformed' });
	});
});
