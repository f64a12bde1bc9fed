import { MOST_PAYLOAD_BYTES, platformOf, tooLarge } from '../../../../engine/channels/push';
import { combined, type DeviceOutcome } from '../../../../engine/channels/push/each-device';
import { outgoing } from './bench';

it.each([
	['00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0', 'apns'],
	['ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]', 'expo'], ['ExpoPushToken[a-b_c]', 'expo'],
	['cQ3xExample_Instance:APA91bExampleTokenOfADevice_0123456789abcdefghij', 'fcm'],
	['1dd608f2-c6a1-11e3-851d-000c2940e62c', 'onesignal'],
	['https://fcm.googleapis.com/fcm/send/abc', null], ['', null], ['0'.repeat(63), null], ['hello', null], ['ExponentPushToken[]', null], ['/../3/device', null],
])('a token says by its form whose it is: %s', (token, platform) => {
	expect(platformOf(token)).toBe(platform);
});

/** Whoever has it is told nothing else, whatever the order: the worst outcome for a second message decides. */
const ORDER: ReadonlyArray<DeviceOutcome['kind']> = ['accepted', 'ambiguous', 'account', 'transient', 'permanent', 'dead'];

it('of two devices the outcome is that of the one for whom another try could be a second message', () => {
	const of = (kind: DeviceOutcome['kind']): DeviceOutcome => (kind === 'accepted' ? { kind, providerId: 'p' } : { kind, reason: kind });
	for (const [n, one] of ORDER.entries()) {
		for (const [m, other] of ORDER.entries()) {
			const { kind } = combined(['a', 'b'], [of(one), of(other)]);
			const decided = ORDER[Math.min(n, m)];
			expect(`${one} ${other}: ${kind}`).toBe(`${one} ${other}: ${decided === 'dead' ? 'permanent' : decided}`);
		}
	}
});

it('of two devices that are busy the longer wait counts', () => {
	expect(combined(['a', 'b'], [{ kind: 'transient', reason: 'busy', retryAfterMs: 1_000 }, { kind: 'transient', reason: 'busy', retryAfterMs: 5_000 }])).toMatchObject({ kind: 'transient', retryAfterMs: 5_000 });
});

it('says how large a notification is that no service takes', () => {
	const apns = { kind: 'apns' as const, teamId: 't', keyId: 'k', privateKey: '', topic: 'x', sandbox: false };

	expect(tooLarge(apns, outgoing({ body: 'é'.repeat(1_900) }))).toBeUndefined();
	expect(tooLarge(apns, outgoing({ body: 'é'.repeat(2_050) }))).toBeGreaterThan(MOST_PAYLOAD_BYTES);
});
