import { createHash } from 'node:crypto';

import type { Random } from './random';

/**
 * A deterministic id: 128 bits of SHA-256 over the parts, base64url (22 characters).
 * Parts are length-prefixed, so ('ab','c') and ('a','bc') differ.
 */
export function hashId(...parts: ReadonlyArray<string | number>): string {
	const hash = createHash('sha256');
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
