import type { OutgoingWebPush, VapidConfig, WebPushSubscription } from './types';

/** Push services take 4,096 bytes (RFC 8030, 7.2): less the header of the encoding (86, RFC 8188), one byte of padding and the tag (16). */
export const MOST_WEB_PUSH_BYTES = 3_993;

/** Push services refuse tokens for longer than a day (RFC 8292, 2). */
const TOKEN_SECONDS = 12 * 3_600;

export interface WebPushCall {
	headers: Record<string, string>;
	body: Uint8Array;
}

/** The request that the push service gets: message encryption of RFC 8291, identification of RFC 8292, fields of RFC 8030. Throws for keys that are none. */
export async function webPushCall(config: Pick<VapidConfig, 'publicKey' | 'privateKey' | 'subject'>, message: Pick<OutgoingWebPush, 'payload' | 'ttlSeconds' | 'urgency' | 'topic'>, subscription: WebPushSubscription, nowMs: number): Promise<WebPushCall> {
	const { default: webPush } = await import('web-push');
	const encoding = webPush.supportedContentEncodings.AES_128_GCM;
	const { cipherText } = webPush.encrypt(subscription.p256dh, subscription.auth, JSON.stringify(message.payload), encoding);
	const body = Buffer.isBuffer(cipherText) ? cipherText : Buffer.from(cipherText, 'base64url');
	const identity = webPush.getVapidHeaders(new URL(subscription.endpoint).origin, config.subject, config.publicKey, config.privateKey, encoding, Math.floor(nowMs / 1000) + TOKEN_SECONDS);
	return {
		headers: {
			'content-type': 'application/octet-stream', 'content-encoding': 'aes128gcm', ttl: String(message.ttlSeconds), urgency: message.urgency,
			...(message.topic === undefined ? {} : { topic: message.topic }), authorization: identity.Authorization,
		},
		body: new Uint8Array(body),
	};
}

/** A new pair, base64url: 65 bytes of public key, 32 of private. */
export async function makeVapidKeys(): Promise<{ publicKey: string; privateKey: string }> {
	const { default: webPush } = await import('web-push');
	return webPush.generateVAPIDKeys();
}
