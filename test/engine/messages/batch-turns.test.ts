import { createEmailProvider } from '../../../engine/channels/email';
import type { EmailProvider, OutgoingEmail } from '../../../engine/channels/types';
import { callProvider, FRESH_MS, PATIENCE_MS } from '../../../engine/messages/calls';
import { httpService, type Answer, type Service, type ServiceCall } from '../channels/http-service';
import { email } from '../channels/servers';

interface Mail {
	to: string[];
}

const mailsOf = ({ json }: ServiceCall): Mail[] => [json].flat() as Mail[];
const taken = (call: ServiceCall): Answer => ({ status: 200, json: Array.isArray(call.json) ? { data: mailsOf(call).map(({ to }) => ({ id: to[0] })) } : { id: mailsOf(call)[0]?.to[0] } });

describe('messages that a service takes many of in one call', () => {
	let service: Service;
	let provider: EmailProvider;
	/** Time passes only where a test says so: how fast the machine is decides nothing. */
	let nowMs: number;
	beforeEach(async () => {
		nowMs = performance.now();
		jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
		service = await httpService(taken);
		provider = createEmailProvider({ kind: 'resend', apiKey: 're_1', baseUrl: service.url, connections: 1, timeoutMs: 60_000 });
	});
	afterEach(async () => {
		jest.restoreAllMocks();
		await provider.close();
		await service.close();
	});

	const plain = (n: number): OutgoingEmail => email({ id: `m${n}`, to: `p${n}@x.example` });
	/** With a file, each needs a call of its own. */
	const rich = (n: number): OutgoingEmail => ({ ...plain(n), attachments: [{ fileName: 'a.txt', contentType: 'text/plain', content: Buffer.from('a') }] });
	const calls = () => service.calls.map((call) => mailsOf(call).map(({ to }) => to[0]));
	const longAgo = (): number => nowMs - FRESH_MS - 1;
	const all = (from: number, to: number) => Promise.resolve(new Set(Array.from({ length: to - from }, (_, n) => from + n)));

	it('leave for nobody who has opted out while they were rendered (rules 3, 14)', async () => {
		const asked: Array<[number, number]> = [];

		const outcomes = await callProvider(provider, [0, 1, 2].map(plain), 100, (from, to) => {
			asked.push([from, to]);
			return Promise.resolve(new Set([0, 2]));
		}, longAgo());

		expect(asked).toEqual([[0, 3]]);
		expect(calls()).toEqual([['p0@x.example', 'p2@x.example']]);
		expect(outcomes.map((outcome) => (outcome.kind === 'accepted' ? outcome.providerId : outcome.kind))).toEqual(['p0@x.example', 'notBegun', 'p2@x.example']);
	});

	it('are not asked about twice at the same moment', async () => {
		const outcomes = await callProvider(provider, [0, 1].map(plain), 100, () => Promise.reject(new Error('asked')), nowMs - FRESH_MS);

		expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
	});

	it('make no call where nobody may be sent to any more, nor when that cannot be asked (rule 14)', async () => {
		const nobody = await callProvider(provider, [plain(0)], 100, () => Promise.resolve(new Set()), longAgo());
		const unasked = await callProvider(provider, [plain(0)], 100, () => Promise.reject(new Error('no database')), longAgo());

		expect([...nobody, ...unasked]).toEqual([{ kind: 'notBegun' }, { kind: 'notBegun' }]);
		expect(calls()).toEqual([]);
	});

	it('are asked about before each call where one does not take them all (rule 14)', async () => {
		const asked: number[] = [];
		// These calls must not outlast patience on a busy machine.
		const stopwatch = jest.spyOn(performance, 'now').mockReturnValue(performance.now());

		const outcomes = await callProvider(provider, [0, 1, 2].map(rich), 100, (from) => {
			asked.push(from);
			return Promise.resolve(new Set(from === 1 ? [] : [from]));
		}, longAgo());
		stopwatch.mockRestore();

		expect(asked).toEqual([0, 1, 2]);
		expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'notBegun', 'accepted']);
		expect(calls()).toEqual([['p0@x.example'], ['p2@x.example']]);
	});

	it('are begun no longer than patience lasts, whatever is left: the attempt has an end (rule 14)', async () => {
		service.answer = (call) => {
			nowMs += PATIENCE_MS;
			return taken(call);
		};

		const outcomes = await callProvider(provider, [0, 1].map(rich), 100, all);

		expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'notBegun']);
		expect(calls()).toEqual([['p0@x.example']]);
	});

	it('are not tried any more once the account is refused', async () => {
		service.answer = { status: 401, json: { statusCode: 401, name: 'invalid_api_key', message: 'no' } };

		const outcomes = await callProvider(provider, [0, 1].map(rich), 100, all);

		expect(outcomes.map(({ kind }) => kind)).toEqual(['account', 'notBegun']);
	});
});
