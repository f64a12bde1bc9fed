import type { CollectorRequest, CollectorResponse } from './types';

const METHODS = {
	'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
	'access-control-max-age': '86400',
};

/** Names of headers with commas between them, and nothing that could end a line. */
const HEADER_NAMES = /^[\w\-, ]{1,1000}$/;
const USUAL_HEADERS = 'authorization, content-type, content-encoding, x-retry-count';

/** Whether a page of this origin may send and read. A request without an origin comes from no page; the write key is its guard. */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
	return origin === undefined || allowed.includes('*') || allowed.includes(origin);
}

/**
 * The answer with the headers that let the page read it. By default any: SDKs post from any site, and the write key says who may.
 * Where origins are chosen, that of the request is named, and caches keep the answers apart.
 */
export function withCors(response: CollectorResponse, { method, headers }: CollectorRequest, allowed: readonly string[]): CollectorResponse {
	const any = allowed.includes('*');
	const { origin } = headers;
	if (!any && (origin === undefined || !allowed.includes(origin))) {
		response.headers.vary = 'Origin';
		return response;
	}
	response.headers['access-control-allow-origin'] = any ? '*' : (origin ?? '');
	// So that an SDK hears when to come back.
	response.headers['access-control-expose-headers'] = 'Retry-After';
	if (!any) response.headers.vary = 'Origin';
	// Whichever headers are asked for: monitoring scripts add their own to every call of a page, and its events would be lost for them.
	if (method === 'OPTIONS') Object.assign(response.headers, METHODS, { 'access-control-allow-headers': allowedHeaders(headers['access-control-request-headers'] ?? '') });
	return response;
}

function allowedHeaders(asked: string): string {
	return HEADER_NAMES.test(asked) ? asked : USUAL_HEADERS;
}
