import { json, methodNotAllowed, refusal } from './answers';
import type { Known } from './known';
import type { CollectorRequest, CollectorResponse } from './types';

/** /v1/projects/<write key>/settings: what the browser SDK asks for first, made so that it delivers here. */
export function sdkSettings(known: Known, request: CollectorRequest): CollectorResponse {
	if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	const key = /\/projects\/([^/]+)\/settings\/?$/.exec(request.path ?? '')?.[1];
	if (key === undefined || !isKnownKey(known, key)) return refusal(404, 'unknown_write_key', 'This write key is not known. Compare it with the one in the Journey Collector credential.');
	const base = baseOf(known, request);
	if (base === null) return refusal(400, 'no_host', 'The request names no host.');
	return json(200, {
		integrations: {
			'Segment.io': { apiKey: decodeURIComponent(key), apiHost: `${base.host}${base.prefix}/v1`, protocol: base.protocol, retryQueue: true, unbundledIntegrations: [], addBundledMetadata: false },
		},
		plan: { track: { __default: { enabled: true, integrations: {} } }, identify: { __default: { enabled: true } }, group: { __default: { enabled: true } } },
		// Its own performance metrics would go to Segment.
		metrics: { sampleRate: 0 },
		enabledMiddleware: {},
		remotePlugins: [],
		legacyVideoPluginsEnabled: false,
	});
}

function isKnownKey(known: Known, key: string): boolean {
	try {
		return known.sourceOf(decodeURIComponent(key)) !== null;
	} catch {
		return false;
	}
}

/**
 * The address that the browser used. The own listener speaks plain HTTP: a proxy in front of it says so in X-Forwarded-Proto, or the
 * public address of the collector has the same host. A path that the proxy left in place stays.
 */
function baseOf({ collectors }: Known, { headers, path = '' }: CollectorRequest): { host: string; protocol: string; prefix: string } | null {
	const host = headers['x-forwarded-host']?.split(',')[0]?.trim() ?? headers.host;
	if (host === undefined || !URL.canParse(`http://${host}`)) return null;
	const forwarded = headers['x-forwarded-proto']?.split(',')[0]?.trim();
	const known = collectors.map(({ publicUrl }) => new URL(publicUrl)).find((url) => url.host === host);
	const protocol = forwarded === 'http' || forwarded === 'https' ? forwarded : (known?.protocol.replace(':', '') ?? 'http');
	return { host: new URL(`${protocol}://${host}`).host, protocol, prefix: path.slice(0, Math.max(0, path.indexOf('/v1/projects/'))) };
}
