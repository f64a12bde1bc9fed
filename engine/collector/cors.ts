import type { CollectorRequest, CollectorResponse } from './types';

const METHODS = {
	'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
	'access-control-allow-headers': 'authorization, content-type, content-encoding, x-retry-count',
	'access-control-max-age': '86400',
};

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
	if (method === 'OPTIONS') Object.assign(response.headers, METHODS);
	return response;
}
