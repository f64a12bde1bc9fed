import { createHmac, timingSafeEqual } from 'node:crypto';

const TOKEN = /^j([0-9a-z]{1,11})_([0-9a-z]{1,11})_([\w-]{24})$/;

/**
 * What a link to a bot carries so that whoever follows it is known to be this profile: 64 characters at most and nothing but letters, digits, _ and -, which is all that
 * Telegram takes (https://core.telegram.org/bots/features#deep-linking). `expiresAtMs`: UTC.
 */
export function startToken(profile: number, expiresAtMs: number, secret: Uint8Array): string {
	const signed = `j${profile.toString(36)}_${Math.ceil(expiresAtMs / 1000).toString(36)}`;
	return `${signed}_${mac(signed, secret)}`;
}

/** The profile; null for whatever startToken did not make with this secret, or what has expired. */
export function readStartToken(token: string, secret: Uint8Array, nowMs: number): number | null {
	const [, profile = '', expires = '', given = ''] = TOKEN.exec(token) ?? [];
	if (given === '' || !timingSafeEqual(Buffer.from(mac(`j${profile}_${expires}`, secret)), Buffer.from(given))) return null;
	return Number.parseInt(expires, 36) * 1000 < nowMs ? null : Number.parseInt(profile, 36);
}

export function isStartToken(text: string): boolean {
	return TOKEN.test(text);
}

function mac(signed: string, secret: Uint8Array): string {
	// The prefix keeps it from being the MAC of anything else signed with the same secret.
	return createHmac('sha256', secret).update(`journeys chat start\n${signed}`).digest('base64url').slice(0, 24);
}
