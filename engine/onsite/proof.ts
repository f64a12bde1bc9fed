import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether the site has proved a user id: HMAC-SHA256 of the user id with the secret of the Journey Collector credential, in hex, as identity verification of
 * chat widgets has it. A site makes it on its server when it writes the page; the secret never leaves that.
 */
export function isProven(userId: string, proof: string, secrets: readonly string[]): boolean {
	if (!/^[0-9a-f]{64}$/i.test(proof)) return false;
	const given = Buffer.from(proof, 'hex');
	return secrets.some((secret) => secret !== '' && timingSafeEqual(createHmac('sha256', secret).update(userId, 'utf8').digest(), given));
}
