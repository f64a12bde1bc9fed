import { createHash, timingSafeEqual } from 'node:crypto';

import type { CallbackRequest, CallbackResult } from '../callbacks/types';

/** Compares without telling by the time it takes how much of it was right. */
export function isSame(given: string, expected: string): boolean {
	const [a, b] = [createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest()];
	return timingSafeEqual(a, b);
}

export function bodyText({ body }: Pick<CallbackRequest, 'body'>): string {
	return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

export function sha256Hex(bytes: Uint8Array | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** The body as a JSON object; undefined when it is none. */
export function bodyObject(request: Pick<CallbackRequest, 'body'>): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(bodyText(request));
		return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}

export function refused(reason: string): CallbackResult {
	return { kind: 'refused', reason };
}

export function malformed(reason: string): CallbackResult {
	return { kind: 'malformed', reason };
}

/** Where a service signs nothing: the `key` in the address that it was given. */
export function hasKey({ query }: CallbackRequest, key: string | undefined): boolean {
	return key !== undefined && key !== '' && query.key !== undefined && isSame(query.key, key);
}

/** The engine's message id, which stands in the address that the service was given for this message. */
export function messageIn({ query }: CallbackRequest): string | null {
	return query.message === undefined || query.message === '' ? null : query.message;
}

/** ISO 8601 or RFC 2822; null: none, or not to be read. */
export function timeIn(value: unknown): number | null {
	const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
	return Number.isNaN(ms) ? null : ms;
}

/** Numbers as we write them: some services leave the plus out. */
export function withPlus(number: string): string {
	return /^\d{7,15}$/.test(number) ? `+${number}` : number;
}
