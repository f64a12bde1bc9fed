import type { ExpoConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer, ServiceCall } from '../http-service';
import { COMMON, outgoing, sendOnce, verifyOnce, withService } from './bench';

const TOKEN = 'ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]';
const OTHER = 'ExponentPushToken[yyyyyyyyyyyyyyyyyyyyyy]';
const config = (baseUrl: string): ExpoConfig => ({ kind: 'expo', accessToken: 'token-of-expo', baseUrl, timeoutMs: 30_000 });
const message = (given = {}) => outgoing({ devices: [TOKEN], ...given });
const ok = (n: number) => ({ status: 'ok', id: `XXXXXXXX-XXXX-XXXX-XXXX-${String(n).padStart(12, '0')}` });
const ticket = (error: string, text = `"${TOKEN}" is not a registered push notification recipient`) => ({ status: 'error', message: text, details: { error } });
const tickets = (...data: object[]): Answer => ({ status: 200, json: { data } });
const each = (call: ServiceCall): Answer => tickets(...(call.json as unknown[]).map((_one, n) => ok(n)));

describe('Expo', () => {
	it('takes a message for a device, with the access token', async () => {
		const { outcome, calls } = await sendOnce(config, each, message({ image: 'https://cdn.example/a.png', link: 'shop://orders/7', data: { order: '7' }, badge: 3, sound: 'default', ttlSeconds: 600 }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: ok(0).id, receipts: { baseUrl: expect.stringMatching(/^http:/) as string, account: expect.not.stringContaining('token-of-expo') as string, tickets: [{ ticket: ok(0).id, device: TOKEN }] } });
		expect(calls).toMatchObject([{ method: 'POST', path: '/push/send' }]);
		expect(calls[0]?.headers.authorization).toBe('Bearer token-of-expo');
		expect(calls[0]?.json).toEqual([{
			to: TOKEN, title: 'Hello', body: 'Your order is on its way', data: { order: '7', link: 'shop://orders/7' }, badge: 3, sound: 'default', ttl: 600, priority: 'high',
			richContent: { image: 'https://cdn.example/a.png' }, mutableContent: true,
		}]);
	});

	it('takes an override, which never changes whom it goes to', async () => {
		const { calls } = await sendOnce(config, each, message({ override: { to: [OTHER], subtitle: 'Today' } }));

		expect(calls[0]?.json).toMatchObject([{ to: TOKEN, subtitle: 'Today' }]);
	});

	it('takes a hundred devices a call, and each person has the outcome of their own', async () => {
		await withService(config, each, async (provider, service) => {
			const people = Array.from({ length: 60 }, (_none, n) => message({ id: `msg-${n}`, devices: [`ExponentPushToken[a${n}]`, `ExponentPushToken[b${n}]`] }));
			service.answer = (call) => tickets(...(call.json as Array<{ to: string }>).map(({ to }, n) => (to.startsWith('ExponentPushToken[a') || to.includes('b7]') ? ticket('DeviceNotRegistered') : ok(n))));

			const outcomes = await provider.batch?.send(people);

			expect(service.calls.map(({ json }) => (json as unknown[]).length)).toEqual([100, 20]);
			expect(outcomes?.map(({ kind }) => kind)).toEqual(people.map((_one, n) => (n === 7 ? 'permanent' : 'accepted')));
			expect(outcomes?.[7]).toMatchObject({ deadAddress: true, gone: ['ExponentPushToken[a7]', 'ExponentPushToken[b7]'] });
			expect(outcomes?.[59]).toMatchObject({ gone: ['ExponentPushToken[a59]'] });
		});
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a device without the app', tickets(ticket('DeviceNotRegistered')), { kind: 'permanent', deadAddress: true, gone: [TOKEN] }],
		['too much for 4 KB', tickets(ticket('MessageTooBig')), { kind: 'permanent' }],
		['too many for a device', tickets(ticket('MessageRateExceeded')), { kind: 'transient' }],
		['a missing push key', tickets(ticket('InvalidCredentials')), { kind: 'account' }],
		['a push key of another project', tickets(ticket('MismatchSenderId')), { kind: 'account' }],
		['an error that is not in the list', tickets(ticket('Something')), { kind: 'permanent' }],
		['tickets in another number', tickets(), { kind: 'ambiguous' }],
		['tokens of several projects', { status: 400, json: { errors: [{ code: 'PUSH_TOO_MANY_EXPERIENCE_IDS', message: 'All push notification messages in the same request must be for the same project' }] } }, { kind: 'permanent' }],
		['too many in a second', { status: 429, json: { errors: [{ code: 'TOO_MANY_REQUESTS', message: 'slow down' }] } }, { kind: 'transient' }],
		['a wrong access token', { status: 401, json: { errors: [{ code: 'UNAUTHORIZED', message: 'bad token' }] } }, { kind: 'account' }],
		...COMMON,
	])('sorts %s', async (_what, given, expected) => {
		const { outcome } = await sendOnce(config, given, message());

		expect(outcome).toMatchObject(expected);
		expect(['gone' in outcome, 'deadAddress' in outcome]).toEqual(['gone' in expected, 'deadAddress' in expected]);
		expect('reason' in outcome ? outcome.reason : '').not.toMatch(/xxxxxxxxxx|token-of-expo/);
	});

	it('of several devices: tried again only where certainly none has it', async () => {
		const both = message({ devices: [TOKEN, OTHER] });

		expect((await sendOnce(config, tickets(ticket('MessageRateExceeded'), ticket('DeviceNotRegistered')), both)).outcome).toMatchObject({ kind: 'transient', gone: [OTHER] });
		expect((await sendOnce(config, tickets(ticket('MessageRateExceeded'), ok(1)), both)).outcome).toMatchObject({ kind: 'accepted', note: expect.stringContaining('1 of 2 devices') as string });
	});

	it('is tested by a question for receipts', async () => {
		expect(await verifyOnce(config, { status: 200, json: { data: {} } })).toMatchObject({ error: undefined, calls: [{ method: 'POST', path: '/push/getReceipts' }] });
		expect((await verifyOnce(config, { status: 401, json: { errors: [{ code: 'UNAUTHORIZED', message: 'bad token' }] } })).error).toMatch(/refused the login.*bad token/);
	});
});
