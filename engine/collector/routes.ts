import type { Log } from '../kernel';
import type { Tracking } from '../tracking';
import { json, methodNotAllowed, pixel, preflight, redirect, refusal } from './answers';
import { handleIngest, type IngestParts } from './ingest';
import type { CollectorRequest, CollectorResponse } from './types';
import { handleUnsubscribe } from './unsubscribe';
import { brokenLinkPage, unavailablePage } from './unsubscribe-page';

export interface RouteParts extends IngestParts {
	tracking: Tracking;
	log: Log;
}

/** Answers every request; never rejects. Routes: see CollectorRequest; page, screen, group and alias are taken and ignored. */
export async function route(parts: RouteParts, request: CollectorRequest): Promise<CollectorResponse> {
	if (request.method === 'OPTIONS') return preflight();
	switch (request.route) {
		case 'identify':
		case 'track':
		case 'batch':
		case 'page':
		case 'screen':
		case 'group':
		case 'alias':
			return await handleIngest(parts, request);
		case 'open':
			return await open(parts.tracking, request);
		case 'click':
			return await click(parts.tracking, request);
		case 'unsubscribe':
			return await handleUnsubscribe(parts.tracking, parts.log, request);
		case 'health':
			return await health(parts.settings);
		default:
			return refusal(404, 'unknown_route', 'There is nothing here. Routes: identify, track, batch, open, click, unsubscribe, health.');
	}
}

/** The picture comes whatever the token: a broken image in a mail would be worse than a lost open. */
async function open(tracking: Tracking, { method, query, headers }: CollectorRequest): Promise<CollectorResponse> {
	if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	await tracking.open(query.t ?? '', { method, headers });
	return pixel();
}

/** Only to where the signed token leads: never an open redirect. */
async function click(tracking: Tracking, { method, query, headers }: CollectorRequest): Promise<CollectorResponse> {
	if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	let target: { url: string } | null;
	try {
		target = await tracking.click(query.t ?? '', { method, headers });
	} catch {
		return unavailablePage();
	}
	// Parsed once more: a header takes no spaces or umlauts as people write them.
	if (target === null || !URL.canParse(target.url)) return brokenLinkPage();
	const { href, protocol } = new URL(target.url);
	return protocol === 'http:' || protocol === 'https:' ? redirect(href) : brokenLinkPage();
}

/** Reads from the database: a collector that cannot store is not healthy. */
async function health(settings: RouteParts['settings']): Promise<CollectorResponse> {
	try {
		await settings.collectors();
		return json(200, { ok: true });
	} catch {
		return refusal(503, 'database', 'The database does not answer.');
	}
}
