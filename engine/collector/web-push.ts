import { pushEndpoint } from '../channels/webpush';
import { readSubscription, type Browsers } from '../devices';
import { isEngineError, isJsonObject, type JsonObject, type Log } from '../kernel';
import type { SignedReport } from '../reports';
import type { Settings } from '../settings';
import { verifyToken } from '../tracking';
import { json, methodNotAllowed, refusal } from './answers';
import { MESSAGE_LIMIT_BYTES, readJson } from './body';
import type { Known } from './known';
import type { ReportIntake } from './report-intake';
import { serviceWorker } from './service-worker';
import type { CollectorRequest, CollectorResponse } from './types';
import type { UserSecrets } from './user-secrets';
import { presentedKey } from './write-key';

export const WORKER_ROUTE = 'webpush-sw.js';
const ROUTES: ReadonlySet<string> = new Set([WORKER_ROUTE, 'webpush-key', 'webpush-subscribe', 'webpush-unsubscribe', 'webpush-resubscribe', 'webpush-event']);
const LONGEST_PAGE = 2_048;
const KINDS: ReadonlySet<string> = new Set(['delivered', 'clicked', 'dismissed']);

export function isWebPushRoute(route: string): boolean {
	return ROUTES.has(route);
}

export interface WebPushParts {
	browsers: Browsers;
	settings: Pick<Settings, 'current' | 'signingSecret' | 'trackingAddress'>;
	secrets: UserSecrets;
	reports: Pick<ReportIntake, 'add' | 'isFull'>;
	log: Log;
}

/** What pages, and the service worker, ask for and tell. Everything that changes something is a POST; a page shows a write key, the worker what only the browser itself knows. */
export async function handleWebPush(parts: WebPushParts, known: Known, request: CollectorRequest): Promise<CollectorResponse> {
	const { route, method, headers } = request;
	try {
		if (route === WORKER_ROUTE || route === 'webpush-key') {
			if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
			return route === WORKER_ROUTE ? serviceWorker(await parts.settings.trackingAddress(), headers['accept-encoding']) : json(200, { publicKey: await parts.browsers.publicKey() });
		}
		if (method !== 'POST') return methodNotAllowed('POST');
		const read = await readJson(request, MESSAGE_LIMIT_BYTES);
		if ('refused' in read) return read.refused;
		if (!isJsonObject(read.value)) return refusal(400, 'not_an_object', 'The body must be a JSON object.');
		return await post(parts, known, request, read.value);
	} catch (error) {
		parts.log.error('What a browser told of web push could not be stored; it was asked to try again', { code: isEngineError(error) ? error.code : 'INTERNAL' });
		return refusal(503, 'not_stored', 'Nothing of this request was stored. Try it again later.', { 'retry-after': '5' });
	}
}

async function post(parts: WebPushParts, known: Known, request: CollectorRequest, body: JsonObject): Promise<CollectorResponse> {
	switch (request.route) {
		case 'webpush-event':
			return await tell(parts, known, body);
		case 'webpush-resubscribe':
			return await resubscribe(parts, body);
		default: {
			const key = presentedKey(request.headers.authorization, body);
			if (key === null || known.sourceOf(key) === null) return refusal(401, 'unknown_write_key', 'This write key is not known. Compare it with the one in the Journey Collector credential.');
			return request.route === 'webpush-subscribe' ? await subscribe(parts, known, request, body) : await unsubscribe(parts, body);
		}
	}
}

async function subscribe(parts: WebPushParts, { provesUsers }: Known, request: CollectorRequest, body: JsonObject): Promise<CollectorResponse> {
	const { anonymousId, page, language } = body;
	if (typeof anonymousId !== 'string' || anonymousId.trim() === '') return refusal(400, 'no_visitor', 'anonymousId, the browser\'s id of the visitor, is missing.');
	const subscription = await usable(parts, body.subscription);
	if ('refused' in subscription) return subscription.refused;
	const userId = typeof body.userId === 'string' ? body.userId.trim() : '';
	const provenFor = userId !== '' && parts.secrets.provenBy(request)(userId, body.userToken) ? userId : null;
	const stored = await parts.browsers.subscribe({
		anonymousId, provenFor, ...subscription, agreed: body.agreed === true, ip: request.ip ?? null,
		...(typeof page === 'string' && page.length <= LONGEST_PAGE ? { page } : {}), ...(typeof language === 'string' && /^[\w-]{2,35}$/.test(language) ? { language } : {}),
	});
	return stored ? json(200, { success: true, ...(provesUsers && provenFor === null ? { notProven: ['subscription'] } : {}) }) : refusal(400, 'no_visitor', 'anonymousId is a placeholder or too long: nobody can be known by it.');
}

async function usable({ settings }: WebPushParts, value: unknown): Promise<{ endpoint: string; p256dh: string; auth: string } | { refused: CollectorResponse }> {
	const subscription = readSubscription(value);
	if (subscription === null) return { refused: refusal(400, 'no_subscription', 'subscription must be what PushSubscription.toJSON() gives: an endpoint and the keys p256dh and auth.') };
	const { pushServices } = await settings.current();
	if (pushEndpoint(subscription.endpoint, pushServices) === null) {
		return { refused: refusal(400, 'unknown_push_service', 'The endpoint leads to no push service that is known. Add its host under Settings, pushServices, in the Profile Engine node if it is one.') };
	}
	return subscription;
}

async function unsubscribe({ browsers }: WebPushParts, { endpoint }: JsonObject): Promise<CollectorResponse> {
	if (typeof endpoint !== 'string' || endpoint === '') return refusal(400, 'no_endpoint', 'endpoint, the address of the subscription that ended, is missing.');
	await browsers.unsubscribe(endpoint);
	return json(200, { success: true });
}

async function resubscribe(parts: WebPushParts, { former, subscription: given }: JsonObject): Promise<CollectorResponse> {
	if (typeof former !== 'string' || former === '') return refusal(400, 'no_endpoint', 'former, the address of the subscription before, is missing.');
	const subscription = await usable(parts, given);
	if ('refused' in subscription) return subscription.refused;
	await parts.browsers.replaced(former, subscription);
	return json(200, { success: true });
}

/** The token came with the notification itself, encrypted for this one browser; one of a mail's picture, which whoever has the mail knows, says nothing here. */
async function tell({ settings, reports }: WebPushParts, { nowMs }: Known, { t, kind, link }: JsonObject): Promise<CollectorResponse> {
	const token = typeof t === 'string' ? verifyToken(t, await settings.signingSecret()) : null;
	if (token?.k !== 'n' || typeof kind !== 'string' || !KINDS.has(kind)) return refusal(400, 'unknown_report', 'This says nothing of a notification of ours.');
	if (reports.isFull()) return refusal(503, 'not_stored', 'Nothing of this request was stored. Try it again later.', { 'retry-after': '5' });
	const url = typeof link === 'string' && link.length <= LONGEST_PAGE ? link : '';
	const report: SignedReport = {
		kind: kind as 'delivered' | 'clicked' | 'dismissed', message: token.m, providerId: null, address: null, atMs: nowMs, provider: 'webpush', channel: 'webpush',
		id: `${token.m}:${kind}:${url}`, ...(kind === 'clicked' ? { url } : {}),
	};
	await reports.add([report]);
	return json(200, { success: true });
}
