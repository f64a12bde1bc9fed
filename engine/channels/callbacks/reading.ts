import { createHash, timingSafeEqual } from 'node:crypto';

import { formFields } from '../../kernel';
import type { CallbackRequest, CallbackResult } from './types';

/** The parts of a callback's JSON are looked at one by one: whatever is missing or of another type is undefined. */
export type Fields = Record<string, unknown>;

export function fieldsOf(value: unknown): Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

/** '' is none. */
export function textOf(value: unknown): string | null {
	return typeof value === 'string' && value !== '' ? value : null;
}

/** What asked for a picture or link, where the provider says. */
export function userAgentIn(value: unknown): { userAgent?: string } {
	const userAgent = textOf(value);
	return userAgent === null ? {} : { userAgent };
}

/** What a table says of a provider's word; nothing of what every object has by itself (constructor). */
export function entryOf<Value>(table: Readonly<Record<string, Value>>, word: unknown): Value | undefined {
	return (typeof word === 'string' || typeof word === 'number') && Object.hasOwn(table, word) ? table[word] : undefined;
}

/** Of seconds since 1970, with or without a fraction, as a number or as text. */
export function secondsMs(value: unknown): number | null {
	const seconds = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
	return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) : null;
}

/** Of an ISO 8601 time. */
export function dateMs(value: unknown): number | null {
	const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
	return Number.isFinite(ms) ? ms : null;
}

/** A provider's words as a category: "MailboxFull" and "Mailbox Full" are mailbox-full. */
export function categoryOf(words: string): string {
	return words.replace(/([a-z0-9])([A-Z])/g, '$1-$2').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '').toLowerCase() || 'unknown';
}

export function bodyText({ body }: Pick<CallbackRequest, 'body'>): string {
	return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

/** The body as the fields of a form; none of one that has more than any service sends. */
export function formIn(request: Pick<CallbackRequest, 'body'>): URLSearchParams {
	return formFields(bodyText(request));
}

/** The body as JSON; undefined when it is none. */
export function jsonOf(request: Pick<CallbackRequest, 'body'>): unknown {
	try {
		return JSON.parse(bodyText(request)) as unknown;
	} catch {
		return undefined;
	}
}

/** The body as a JSON object or list; undefined when it is none. */
export function objectOf(request: Pick<CallbackRequest, 'body'>): Fields | undefined {
	const value = jsonOf(request);
	return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

export function sha256Hex(bytes: Uint8Array | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** Compares without telling by the time it takes how much of it was right. */
export function isSame(given: string, expected: string): boolean {
	const [a, b] = [createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest()];
	return timingSafeEqual(a, b);
}

/**
 * Whether an enhanced status code (RFC 3463) says that something else than the address was at fault: full, too large, policy, spam, or not for good. Services call
 * some of these permanent, too; an address that works would be lost by it.
 */
export function sparesAddress(status: string | null): boolean {
	return status !== null && /^(4\.|5\.(2\.[23]|3\.4|7\.))/.test(status);
}

/** Clocks that differ. */
const AHEAD_MS = 15 * 60_000;

/** Of what is signed together with its time. A call that was listened to could else be repeated for ever; reports told twice do nothing, so the window may be wide. */
export function isFresh(signedAtMs: number | null, nowMs: number, oldestMs: number): boolean {
	return signedAtMs !== null && signedAtMs >= nowMs - oldestMs && signedAtMs <= nowMs + AHEAD_MS;
}

export const refused = (reason: string): CallbackResult => ({ kind: 'refused', reason });
export const malformed = (reason: string): CallbackResult => ({ kind: 'malformed', reason });
