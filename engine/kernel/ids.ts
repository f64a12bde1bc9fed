import { createHmac, hash } from 'node:crypto';

import type { Random } from './random';

/**
 * A deterministic id: 128 bits of SHA-256 over the parts, base64url (22 characters).
 * Parts are length-prefixed, so ('ab','c') and ('a','bc') differ.
 */
export function hashId(...parts: ReadonlyArray<string | number>): string {
	// In one call: half the time of a hash object, and a park makes one for each person.
	return hash('sha256', joined(parts), 'base64url').slice(0, 22);
}

/**
 * As hashId, by HMAC-SHA-256: nobody without the secret can find out by trying what it was made of. For ids that outlive the person in them.
 * The first part says what the id is of, which keeps it from being a MAC of anything else under the same secret.
 */
export function secretId(secret: Uint8Array, ...parts: ReadonlyArray<string | number>): string {
	return createHmac('sha256', secret).update(joined(parts)).digest('base64url').slice(0, 22);
}

function joined(parts: ReadonlyArray<string | number>): string {
	let text = '';
	for (const part of parts) text += `${String(part).length}:${part}`;
	return text;
}

/**
 * As hashId, 48 bits (8 characters): for what there are thousands of and every person's rows name. Of 10,000 such things two share one with a chance
 * of 1 in 5 million.
 */
export function shortId(...parts: ReadonlyArray<string | number>): string {
	return hash('sha256', joined(parts), 'base64url').slice(0, 8);
}

/** A random id of 128 bits, base64url (22 characters). */
export function randomId(random: Random): string {
	return Buffer.from(random.bytes(16)).toString('base64url');
}
