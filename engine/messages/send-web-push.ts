import { vapidKeys } from '../devices';
import type { MessagesDeps } from './index';
import { send } from './send';
import type { MadeOf, SendResult, WebPushSendRequest } from './types';
import { webPushChannel, type KeyedWebPush } from './web-push';

/** Signed with the engine's own keys, which every process and step shares: a browser takes messages of the key alone that it subscribed with. */
export async function sendWebPush(deps: MessagesDeps, { connections, timeoutMs, contactAddress, ...request }: MadeOf<WebPushSendRequest>): Promise<SendResult[]> {
	const provider = await vapidProvider(deps, { connections, timeoutMs, contactAddress });
	return await send(deps, webPushChannel, { ...request, provider } as MadeOf<KeyedWebPush>);
}

export async function vapidProvider(deps: MessagesDeps, { connections, timeoutMs, contactAddress = '' }: { connections?: number | undefined; timeoutMs?: number | undefined; contactAddress?: string | undefined }): Promise<KeyedWebPush['provider']> {
	const { pushServices } = await deps.settings.current();
	return {
		kind: 'vapid' as const, ...(await vapidKeys(deps.store)), subject: await subjectOf(deps, contactAddress), extraHosts: pushServices,
		...(connections === undefined ? {} : { connections }), ...(timeoutMs === undefined ? {} : { timeoutMs }),
	};
}

/** Of nobody known a push service gets an address that nothing leads to (RFC 2606): it wants one, and writes to it only when something is wrong. */
async function subjectOf({ settings }: MessagesDeps, given: string): Promise<string> {
	if (given !== '') return given;
	const address = await settings.trackingAddress();
	return address?.startsWith('https://') === true ? new URL(address).origin : 'mailto:webpush@example.com';
}
