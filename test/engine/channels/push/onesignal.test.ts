import type { OneSignalConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { outgoing, sendOnce, verifyOnce, withService } from './bench';

const ID = '1dd608f2-c6a1-11e3-851d-000c2940e62c';
const OTHER = '2dd608f2-c6a1-11e3-851d-000c2940e62d';
const ACCEPTED: Answer = { status: 200, json: { id: 'b15ba6e5-2223-49d6-9eda-684b9051f5a8', external_id: null } };
const config = (baseUrl: string): OneSignalConfig => ({ kind: 'onesignal', appId: 'app-1', apiKey: 'os_v2_key', by: 'subscription', baseUrl, timeoutMs: 30_000 });
const byUser = (baseUrl: string): OneSignalConfig => ({ ...config(baseUrl), by: 'externalId' });
const message = (given = {}) => outgoing({ devices: [ID], ...given });

describe('OneSignal', () => {
	it('takes one call for all devices of a person, with a key that keeps it from doing so twice', async () => {
		const { outcome, calls } = await sendOnce(config, ACCEPTED, message({ devices: [ID, OTHER], image: 'https://cdn.example/a.png', link: 'https://shop.example/o/1', data: { order: '7' }, badge: 3, collapseKey: 'order-7', ttlSeconds: 600 }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'b15ba6e5-2223-49d6-9eda-684b9051f5a8' });
		expect(calls).toMatchObject([{ method: 'POST', path: '/notifications?c=push' }]);
		expect(calls[0]?.headers.authorization).toBe('Key os_v2_key');
		expect(calls[0]?.json).toEqual({
			app_id: 'app-1', target_channel: 'push', include_subscription_ids: [ID, OTHER], headings: { en: 'Hello' }, contents: { en: 'Your order is on its way' }, data: { order: '7', link: 'https://shop.example/o/1' },
			url: 'https://shop.example/o/1', big_picture: 'https://cdn.example/a.png', ios_attachments: { image: 'https://cdn.example/a.png' }, ios_badgeType: 'SetTo', ios_badgeCount: 3, collapse_id: 'order-7', ttl: 600, priority: 10,
			idempotency_key: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
		});
	});

	it('repeats a call that was lost with the same key', async () => {
		await withService(config, 'drop', async (provider, service) => {
			service.answer = () => (service.calls.length === 1 ? 'drop' : ACCEPTED);

			expect(await provider.send(message())).toMatchObject({ kind: 'accepted' });
			expect(new Set(service.calls.map(({ json }) => (json as { idempotency_key: string }).idempotency_key)).size).toBe(1);
			expect(service.calls).toHaveLength(2);
		});
	});

	it('finds people by the id that the app gave them, and never by an override', async () => {
		const { calls } = await sendOnce(byUser, ACCEPTED, message({ devices: ['user-7'], link: 'shop://orders', override: { include_aliases: { external_id: ['somebody'] }, app_id: 'theirs', android_channel_id: 'c1', included_segments: ['All'], excluded_segments: ['x'], filters: [{ field: 'tag' }], include_player_ids: ['p'], include_subscription_ids: ['s'] } }));

		expect(calls[0]?.json).toMatchObject({ app_id: 'app-1', include_aliases: { external_id: ['user-7'] }, app_url: 'shop://orders', android_channel_id: 'c1' });
		for (const name of ['include_subscription_ids', 'included_segments', 'excluded_segments', 'filters', 'include_player_ids']) expect(calls[0]?.json).not.toHaveProperty(name);
	});

	it.each<[string, (url: string) => OneSignalConfig, Answer, Partial<SendOutcome>]>([
		['nobody subscribed', config, { status: 200, json: { id: '', errors: ['All included players are not subscribed'] } }, { kind: 'permanent', deadAddress: true, gone: [ID] }],
		['a subscription that is unknown', config, { status: 200, json: { id: '', errors: { invalid_player_ids: [ID] } } }, { kind: 'permanent', deadAddress: true, gone: [ID] }],
		['a user id that is unknown, which is nobody\'s fault', byUser, { status: 200, json: { id: 'b15ba6e5', errors: { invalid_aliases: { external_id: [ID] } } } }, { kind: 'permanent' }],
		['another reason for sending to nobody', config, { status: 200, json: { id: '', errors: ['Something else'] } }, { kind: 'permanent' }],
		['a wrong request', config, { status: 400, json: { errors: ['Message Notifications must have English language content'] } }, { kind: 'permanent', reason: expect.stringContaining('English language content') as string }],
		['a wrong key', config, { status: 403, json: { errors: ['Access denied.'] } }, { kind: 'account' }],
		['too many calls', config, { status: 429, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
		['repair', config, { status: 503, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
		['it hangs up each time', config, 'drop', { kind: 'ambiguous' }],
		['it breaks each time', config, { status: 500, text: 'oops' }, { kind: 'ambiguous' }],
	])('sorts %s', async (_what, configOf, given, expected) => {
		const { outcome } = await sendOnce(configOf, given, message());

		expect(outcome).toMatchObject(expected);
		expect(['gone' in outcome, 'deadAddress' in outcome]).toEqual(['gone' in expected, 'deadAddress' in expected]);
		expect('reason' in outcome ? outcome.reason : '').not.toMatch(/1dd608f2|os_v2_key/);
	});

	it('leaves out a device that is gone where the others are reached', async () => {
		const { outcome } = await sendOnce(config, { status: 200, json: { id: 'b15ba6e5', errors: { invalid_player_ids: [OTHER] } } }, message({ devices: [ID, OTHER] }));

		expect(outcome).toMatchObject({ kind: 'accepted', providerId: 'b15ba6e5', gone: [OTHER] });
	});

	it('is tested by looking at what was sent', async () => {
		expect(await verifyOnce(config, { status: 200, json: { notifications: [] } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/notifications?app_id=app-1&limit=1' }] });
		expect((await verifyOnce(config, { status: 403, json: { errors: ['Access denied.'] } })).error).toMatch(/Access denied/);
	});
});
