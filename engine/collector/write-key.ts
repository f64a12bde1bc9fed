import { createHash, timingSafeEqual } from 'node:crypto';

import type { StoredCollector } from '../settings';

export function hashKey(key: string): string {
	return createHash('sha256').update(key, 'utf8').digest('hex');
}

/**
 * The write key as Segment's libraries send it: HTTP Basic with the key as user and no password, else `writeKey` in the body.
 * https://www.twilio.com/docs/segment/connections/sources/catalog/libraries/server/http-api
 */
export function presentedKey(authorization: string | undefined, body: unknown): string | null {
	const basic = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(authorization ?? '')?.[1];
	if (basic !== undefined) {
		const [user = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':', 1);
		if (user !== '') return user;
	}
	const inBody = typeof body === 'object' && body !== null && 'writeKey' in body ? body.writeKey : undefined;
	return typeof inBody === 'string' && inBody !== '' ? inBody : null;
}

/** The source of a write key, or null. Every key is compared in constant time, so the time taken tells nothing about near misses. */
export function sourceOf(key: string, collectors: readonly StoredCollector[]): string | null {
	const given = Buffer.from(hashKey(key), 'hex');
	let source: string | null = null;
	for (const known of collectors.flatMap((collector) => collector.keys)) {
		if (timingSafeEqual(given, Buffer.from(known.hash, 'hex'))) source ??= known.source;
	}
	return source;
}
