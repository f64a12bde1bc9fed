import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';

import { EngineError } from '../kernel';
import { isWebAddress } from '../templates';

/**
 * What a link in a mail carries: o an open, c a click on link `l` (0-based) to the address `u`, u an unsubscribe;
 * `m` is the message's id, from which the engine finds the person. p: the preferences of whom the message went to, or of the
 * profile `p`, until `e` (UTC seconds). s: a message that stands on somebody's page, given to the browser that shows it. n: a notification, given to the browser that it is encrypted for. d: the double opt-in that the request `r` asked for; the request says when it expires.
 * No personal data: links are forwarded and logged.
 */
export type TokenPayload =
	| { k: 'o'; m: string }
	| { k: 'c'; m: string; u: string; l: number }
	| { k: 'u'; m: string }
	| { k: 'p'; m: string; e: number }
	| { k: 'p'; p: number; e: number }
	| { k: 's'; m: string }
	| { k: 'n'; m: string }
	| { k: 'd'; r: string };

/** First part of a token; a later format gets another, and mails of years ago stay readable. */
const VERSION = '1';
/** 144 of the MAC's 256 bits: more than the 128 that cannot be guessed, and 24 characters without spare bits. */
const MAC_CHARACTERS = 24;
const MIN_SECRET_BYTES = 16;
/** Longer ones are not ours: the longest address that is tracked gives 11,000. */
const MAX_TOKEN = 16_384;

/**
 * `1.<payload>.<mac>`, URL-safe. The MAC covers the text itself, not what it decodes to, so that a token has exactly
 * one spelling. Throws BAD_INPUT for a secret shorter than 16 bytes or a click address that is not http(s).
 */
export function signToken(payload: TokenPayload, secret: string | Uint8Array): string {
	if (payload.k === 'c' && !isWebAddress(payload.u)) {
		throw new EngineError('BAD_INPUT', 'A click link leads to an http or https address. Leave this one untracked.');
	}
	const signed = `${VERSION}.${encode(payload)}`;
	const token = `${signed}.${mac(signed, secret)}`;
	if (token.length > MAX_TOKEN) {
		throw new EngineError('BAD_INPUT', 'The address of a click link is too long. Leave this link untracked.');
	}
	return token;
}

/** The payload, or null for anything that signToken did not make with this secret. Never throws on a token. */
export function verifyToken(token: string, secret: string | Uint8Array): TokenPayload | null {
	if (typeof token !== 'string' || token.length > MAX_TOKEN) return null;
	const end = token.lastIndexOf('.');
	const signed = token.slice(0, Math.max(end, 0));
	if (!equal(mac(signed, secret), token.slice(end + 1)) || !signed.startsWith(`${VERSION}.`)) return null;
	return decode(signed.slice(VERSION.length + 1));
}

function mac(signed: string, secret: string | Uint8Array): string {
	// The prefix keeps a MAC of links from being one of anything else signed with the same secret.
	return createHmac('sha256', keyOf(secret)).update(`journeys link\n${signed}`).digest('base64url').slice(0, MAC_CHARACTERS);
}

/** Making a key takes ten times as long as signing with it, and a mail has a dozen links. */
const keys = new WeakMap<Uint8Array, KeyObject>();

function keyOf(secret: string | Uint8Array): KeyObject {
	if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
		throw new EngineError('BAD_INPUT', `The secret for links must have at least ${MIN_SECRET_BYTES} bytes.`);
	}
	const known = typeof secret === 'string' ? undefined : keys.get(secret);
	if (known !== undefined) return known;
	const key = createSecretKey(typeof secret === 'string' ? Buffer.from(secret) : secret);
	if (typeof secret !== 'string') keys.set(secret, key);
	return key;
}

function equal(expected: string, given: string): boolean {
	const [a, b] = [Buffer.from(expected), Buffer.from(given)];
	return a.length === b.length && timingSafeEqual(a, b);
}

/** A list instead of an object saves a quarter of a short token. */
function encode(payload: TokenPayload): string {
	return Buffer.from(JSON.stringify(fieldsOf(payload))).toString('base64url');
}

function fieldsOf(payload: TokenPayload): Array<string | number> {
	switch (payload.k) {
		case 'c':
			return [payload.k, payload.m, payload.l, payload.u];
		case 'p':
			return [payload.k, 'm' in payload ? payload.m : payload.p, payload.e];
		case 'd':
			return [payload.k, payload.r];
		default:
			return [payload.k, payload.m];
	}
}

function decode(text: string): TokenPayload | null {
	let fields: unknown;
	try {
		fields = JSON.parse(Buffer.from(text, 'base64url').toString());
	} catch {
		return null;
	}
	if (!Array.isArray(fields)) return null;
	const [k, m, l, u] = fields as unknown[];
	if (k === 'p' && fields.length === 3 && typeof l === 'number') {
		if (typeof m === 'string') return { k, m, e: l };
		return typeof m === 'number' && Number.isSafeInteger(m) ? { k, p: m, e: l } : null;
	}
	if (typeof m !== 'string') return null;
	if (k === 'd' && fields.length === 2) return { k, r: m };
	if ((k === 'o' || k === 'u' || k === 's' || k === 'n') && fields.length === 2) return { k, m };
	if (k === 'c' && typeof l === 'number' && typeof u === 'string' && isWebAddress(u)) return { k, m, u, l };
	return null;
}
