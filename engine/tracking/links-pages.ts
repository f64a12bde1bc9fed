import { signToken } from './sign';

/** Whose preferences a link opens: those of whom a message went to, or of a profile. */
export type PreferencesOf = { message: string } | { profile: number };

/** `address`: base URL without trailing slash. */
export function preferencesUrl(address: string, of: PreferencesOf, expiresAtMs: number, secret: Uint8Array): string {
	const e = Math.ceil(expiresAtMs / 1000);
	return `${address}/preferences?t=${signToken('message' in of ? { k: 'p', m: of.message, e } : { k: 'p', p: of.profile, e }, secret)}`;
}

/** The page that confirms a double opt-in. When it expires stands with the request. */
export function confirmUrl(address: string, request: string, secret: Uint8Array): string {
	return `${address}/confirm?t=${signToken({ k: 'd', r: request }, secret)}`;
}
