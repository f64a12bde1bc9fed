import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

import type { Random } from './random';

/**
 * A deterministic id: 128 bits of SHA-256 over the parts, base64url (22 characters).
 * Parts are length-prefixed, so ('ab','c') and ('a','bc') differ.
 */
export function hashId(...parts: ReadonlyArray<string | number>): string {
	return digested(createHash('sha256'), parts);
}

/**
 * As hashId, by HMAC-SHA-256: nobody without the secret can find out by trying what it was made of. For ids that outlive the person in them.
 * The first part says what the id is of, which keeps it from being a MAC of anything else under the same secret.
 */
export function secretId(secret: Uint8Array, ...parts: ReadonlyArray<string | number>): string {
	return digested(createHmac('sha256', secret), parts);
}

function digested(hash: Hash | Hmac, parts: ReadonlyArray<string | number>): string {
	for (const part of parts) {
		const text = String(part);
		hash.update(`${text.length}:${text}`);
	}
	return hash.digest('base64url').slice(0, 22);
}

/** A random id of 128 bits, base64url (22 characters). */
export function randomId(random: Random): string {
	return Buffer.from(random.bytes(16)).toString('base64url');
}
