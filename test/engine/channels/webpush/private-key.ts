import type { ECDH } from 'node:crypto';

/** As services want it, 32 bytes: one pair in 256 has a number that begins with a zero, which node leaves out. */
export function privateKeyOf(pair: ECDH): string {
	return Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32).toString('base64url');
}
