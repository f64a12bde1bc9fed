import type { CollectorResponse } from './types';

const PRIVATE = {
	'cache-control': 'no-store',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
	'x-robots-tag': 'noindex',
};

/** 42 bytes: a transparent GIF of one pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

export function json(status: number, body: object, headers: Record<string, string> = {}): CollectorResponse {
	return {
		status,
		headers: { ...PRIVATE, 'content-type': 'application/json; charset=utf-8', ...headers },
		body: JSON.stringify(body),
	};
}

/** The code is stable; the message is for the developer who reads the answer. */
export function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): CollectorResponse {
	return json(status, { success: false, code, message }, headers);
}

/** 429 with when to come again, in both of the headers that Segment's API sends (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#rate-limits). */
export function tooMany(message: string, afterS: number): CollectorResponse {
	return refusal(429, 'behind', message, { 'retry-after': String(afterS), 'x-ratelimit-reset': String(afterS) });
}

export function preflight(): CollectorResponse {
	return { status: 204, headers: { ...PRIVATE }, body: '' };
}

export function pixel(): CollectorResponse {
	return { status: 200, headers: { ...PRIVATE, 'content-type': 'image/gif' }, body: new Uint8Array(PIXEL) };
}

export function redirect(url: string): CollectorResponse {
	return { status: 302, headers: { ...PRIVATE, location: url }, body: '' };
}

export function methodNotAllowed(allow: string): CollectorResponse {
	return refusal(405, 'method_not_allowed', `Use ${allow}.`, { allow });
}
