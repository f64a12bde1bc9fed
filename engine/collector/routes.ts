import { isEngineError, type Log } from '../kernel';
import type { Pages } from '../pages';
import type { Settings } from '../settings';
import type { Tracking } from '../tracking';
import { json, methodNotAllowed, pixel, preflight, redirect, refusal } from './answers';
import { isSdkChunk, SDK_ROUTE, type BrowserSdk } from './browser-sdk';
import { CALLBACK_ROUTE, type Callbacks } from './callbacks';
import { isAllowedOrigin, withCors } from './cors';
import { handleIngest, type IngestParts } from './ingest';
import { ingestTypeOf } from './ingest-routes';
import { answerImage, isImageRoute, type ServeImage } from './images';
import type { CollectorSettings } from './known';
import type { WebPushParts } from './web-push';
import { handleWebPush, isWebPushRoute } from './web-push';
import { ON_SITE_ROUTE } from './on-site';
import { onSiteScript } from './on-site-script';
import { sdkSettings } from './sdk-settings';
import { snippet } from './snippet';
import type { CollectorRequest, CollectorResponse } from './types';

export interface RouteParts extends IngestParts {
	settings: Pick<Settings, 'collectors'>;
	known: CollectorSettings;
	sdk: BrowserSdk;
	tracking: Tracking;
	pages: Pages;
	callbacks: Callbacks;
	webPush: WebPushParts;
	images: ServeImage;
	log: Log;
}

/** Answers every request; never rejects. Routes: see CollectorRequest. */
export async function route(parts: RouteParts, request: CollectorRequest): Promise<CollectorResponse> {
	switch (request.route) {
		case 'open':
			return await open(parts.tracking, request);
		case 'click':
			return await click(parts, request);
		case 'unsubscribe':
		case 'preferences':
		case 'confirm':
			return ['GET', 'HEAD', 'POST'].includes(request.method) ? await parts.pages[request.route](request) : methodNotAllowed('GET, HEAD, POST');
		case 'health':
			return await health(parts);
		case 'snippet.js':
			return snippet(request);
		case 'onsite.js':
			return onSiteScript(request);
		default:
			return await routeOfPages(parts, request);
	}
}

/** What delivery services call; and what scripts in web pages call, and servers alike. */
async function routeOfPages(parts: RouteParts, request: CollectorRequest): Promise<CollectorResponse> {
	if (isImageRoute(request.route)) return await answerImage(parts.images, request);
	if (request.route.startsWith(CALLBACK_ROUTE)) return await parts.callbacks.handle(request);
	const type = ingestTypeOf(request.route);
	if (type === null && (request.route === SDK_ROUTE || isSdkChunk(request.route))) return await parts.sdk.serve(request);
	const isWebPush = isWebPushRoute(request.route);
	if (type === null && !isWebPush && request.route !== 'settings' && request.route !== 'm' && request.route !== ON_SITE_ROUTE) {
		return refusal(404, 'unknown_route', 'There is nothing here. Routes: identify, track, page, screen, group, alias, batch, open, click, unsubscribe, preferences, confirm, callbacks/<provider>, images/<file>, health, onsite, snippet.js, webpush-sw.js, webpush-key, webpush-subscribe, webpush-unsubscribe, onsite.js.');
	}
	try {
		const known = await parts.known.current();
		if (request.method === 'OPTIONS') return withCors(preflight(), request, known.corsOrigins);
		if (!isAllowedOrigin(request.headers.origin, known.corsOrigins)) {
			return refusal(403, 'origin_not_allowed', 'Pages of this origin may not send events. Add it under Settings, corsOrigins, in the Profile Engine node.');
		}
		if (isWebPush) return withCors(await handleWebPush(parts.webPush, known, request), request, known.corsOrigins);
		if (request.route === ON_SITE_ROUTE) return withCors(await parts.onSite.handle(known, request), request, known.corsOrigins);
		return withCors(type === null ? sdkAnswer(known, request) : await handleIngest(parts, known, type, request), request, known.corsOrigins);
	} catch (error) {
		parts.log.error('The collector could not read its settings; the sender was asked to try again', { code: isEngineError(error) ? error.code : 'INTERNAL' });
		return withCors(refusal(503, 'not_stored', 'Nothing of this request was stored. Try it again later.', { 'retry-after': '5' }), request, ['*']);
	}
}

/** Metrics about the SDK itself are answered, so that it does not try them again, and kept nowhere. */
function sdkAnswer(known: Parameters<typeof sdkSettings>[0], request: CollectorRequest): CollectorResponse {
	return request.route === 'm' ? json(200, { success: true }) : sdkSettings(known, request);
}

/** The picture comes whatever the token: a broken image in a mail would be worse than a lost open. */
async function open(tracking: Tracking, { method, query, headers }: CollectorRequest): Promise<CollectorResponse> {
	if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	await tracking.open(query.t ?? '', { method, headers });
	return pixel();
}

/** Only to where the signed token leads: never an open redirect. */
async function click({ tracking, pages }: Pick<RouteParts, 'tracking' | 'pages'>, { method, query, headers }: CollectorRequest): Promise<CollectorResponse> {
	if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	let target: { url: string } | null;
	try {
		target = await tracking.click(query.t ?? '', { method, headers });
	} catch {
		return pages.unavailable({ query, headers });
	}
	// Parsed once more: a header takes no spaces or umlauts as people write them.
	if (target === null || !URL.canParse(target.url)) return pages.brokenLink({ query, headers });
	const { href, protocol } = new URL(target.url);
	return protocol === 'http:' || protocol === 'https:' ? redirect(href) : pages.brokenLink({ query, headers });
}

/** Reads from the database: a collector that cannot store is not healthy. */
async function health({ settings }: Pick<RouteParts, 'settings'>): Promise<CollectorResponse> {
	try {
		await settings.collectors();
		return json(200, { ok: true });
	} catch {
		return refusal(503, 'database', 'The database does not answer.');
	}
}
