import { createEmailProvider } from '../../../engine/channels/email';
import type { EmailProvider, OutgoingEmail } from '../../../engine/channels/types';
import { monotonicMs } from '../../../engine/kernel';
import { callProvider, FRESH_MS, PATIENCE_MS } from '../../../engine/messages/calls';
import { httpService, type Answer, type Service, type ServiceCall } from '../channels/http-service';
import { email } from '../channels/servers';

interface Taken {
	To: string;
}

const taken = ({ json }: ServiceCall): Answer => ({ status: 200, json: (json as Taken[]).map(({ To }) => ({ To, MessageID: To, ErrorCode: 0, Message: 'OK' })) });

describe('messages that a service takes many of in one call', () => {
	let service: Service;
	let provider: EmailProvider;
	beforeEach(async () => {
		service = await httpService(taken);
		provider = createEmailProvider({ kind: 'postmark', serverToken: 'token', baseUrl: service.url, timeoutMs: 60_000 });
	});
	afterEach(async () => {
		await provider.close();
		await service.close();
	});

	const content = new Uint8Array(24_000_000);
	/** So large that each needs a call of its own. */
	const large = (n: number): OutgoingEmail => email({ id: `m${n}`, to: `p${n}@x.example`, attachments: [{ fileName: 'a.bin', contentType: 'application/octet-stream', content }] });
	const small = (n: number): OutgoingEmail => email({ id: `m${n}`, to: `p${n}@x.example` });
	const calls = () => service.calls.map(({ json }) => (json as Taken[]).map(({ To }) => To));
	const longAgo = (): number => monotonicMs() - FRESH_MS - 1;

	it('leave for nobody who has opted out while they were rendered (rules 3, 14)', async () => {
		const asked: Array<[number, number]> = [];

		const outcomes = await callProvider(provider, [0, 1, 2].map(small), 500, (from, to) => {
			asked.push([from, to]);
			return Promise.resolve(new Set([0, 2]));
		}, longAgo());

		expect(asked).toEqual([[0, 3]]);
		expect(calls()).toEqual([['p0@x.example', 'p2@x.example']]);
		expect(outcomes.map((outcome) => (outcome.kind === 'accepted' ? outcome.providerId : outcome.kind))).toEqual(['p0@x.example', 'notBegun', 'p2@x.example']);
	});

	it('make no call where nobody may be sent to any more, nor when that cannot be asked (rule 14)', async () => {
		const nobody = await callProvider(provider, [small(0)], 500, () => Promise.resolve(new Set()), longAgo());
		const unasked = await callProvider(provider, [small(0)], 500, () => Promise.reject(new Error('no database')), longAgo());

		expect([...nobody, ...unasked]).toEqual([{ kind: 'notBegun' }, { kind: 'notBegun' }]);
		expect(calls()).toEqual([]);
	});

	it('are asked about before each call where one does not take them all (rule 14)', async () => {
		const asked: number[] = [];
		// These calls must not outlast patience on a busy machine.
		const stopwatch = jest.spyOn(performance, 'now').mockReturnValue(performance.now());

		const outcomes = await callProvider(provider, [0, 1, 2].map(large), 500, (from) => {
			asked.push(from);
			return Promise.resolve(new Set(from === 1 ? [] : [from]));
		}, longAgo());
		stopwatch.mockRestore();

		expect(asked).toEqual([0, 1, 2]);
		expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'notBegun', 'accepted']);
		expect(calls()).toEqual([['p0@x.example'], ['p2@x.example']]);
	});

	it('are begun no longer than patience lasts, whatever is left: the attempt has an end (rule 14)', async () => {
		service.answer = async (call) => {
			await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
			return taken(call);
		};

		const outcomes = await callProvider(provider, [0, 1].map(large), 500, () => Promise.resolve(new Set([0, 1])));

		expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'notBegun']);
		expect(calls()).toEqual([['p0@x.example']]);
	});

	it('are not tried any more once the account is refused', async () => {
		service.answer = { status: 401, json: { ErrorCode: 10, Message: 'no' } };

		const outcomes = await callProvider(provider, [0, 1].map(large), 500, () => Promise.resolve(new Set([0, 1])));

		expect(outcomes.map(({ kind }) => kind)).toEqual(['account', 'notBegun']);
	});
});
