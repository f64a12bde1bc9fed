import type { PushPlatform } from './types';

/*
 * A device token says by its form whose it is, so that none is ever sent to another service:
 *   apns       hexadecimal, 64 characters or more (Apple does not promise a length)
 *   expo       ExponentPushToken[…] or ExpoPushToken[…]
 *   fcm        <instance id>:APA91…, letters, digits, '-' and '_' on both sides of one colon
 *   onesignal  a UUID, the subscription's id
 */
const FORMS: ReadonlyArray<readonly [PushPlatform, RegExp]> = [
	['apns', /^(?:[0-9a-f]{2}){32,100}$/i],
	['expo', /^Expo(?:nent)?PushToken\[[\w-]{1,200}\]$/],
	['fcm', /^[\w-]{8,}:[\w-]{32,}$/],
	['onesignal', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
];

/** null: the token of no service that is known. */
export function platformOf(token: string): PushPlatform | null {
	return FORMS.find(([, form]) => form.test(token))?.[0] ?? null;
}
