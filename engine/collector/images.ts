import { IMAGE_ROUTE, type ServedImage } from '../images';
import { methodNotAllowed, refusal } from './answers';
import type { CollectorRequest, CollectorResponse } from './types';

/** A file of the image library. null: there is none. */
export type ServeImage = (file: string, knownEtags: string | undefined) => Promise<ServedImage | null>;

export function isImageRoute(route: string): boolean {
	return route === IMAGE_ROUTE || route.startsWith(`${IMAGE_ROUTE}/`);
}

/** `images/<file>`, or `images?file=<file>` where only fixed paths are served. What is at an address never changes. */
export async function answerImage(serve: ServeImage, { method, route, query, headers }: CollectorRequest): Promise<CollectorResponse> {
	if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	let image: ServedImage | null;
	try {
		image = await serve(route === IMAGE_ROUTE ? (query.file ?? '') : route.slice(IMAGE_ROUTE.length + 1), headers['if-none-match']);
	} catch {
		return refusal(503, 'database', 'The database does not answer. Try again later.', { 'retry-after': '5' });
	}
	// No directory, and no word on which pictures there are.
	if (image === null) return refusal(404, 'unknown_image', 'There is no such image.');
	const { contentType, etag, content } = image;
	const kept = { 'cache-control': 'public, max-age=31536000, immutable', etag, 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'cross-origin', 'access-control-allow-origin': '*' };
	if (content === null) return { status: 304, headers: kept, body: '' };
	return { status: 200, headers: { ...kept, 'content-type': contentType, 'content-security-policy': "default-src 'none'; sandbox" }, body: content };
}
