import type { IWebhookDescription } from 'n8n-workflow';

/**
 * Every address the collector answers, below the path prefix. n8n wants one entry a path and one name an entry;
 * the name leads back to the engine's route. Segment's SDKs put v1/ before the verb, so those are served twice.
 */
const ROUTES: ReadonlyArray<{ route: string; path: string; method: string; shown?: boolean }> = [
	{ route: 'batch', path: 'v1/batch', method: 'POST', shown: true },
	{ route: 'identify', path: 'v1/identify', method: 'POST' },
	{ route: 'track', path: 'v1/track', method: 'POST' },
	{ route: 'batch', path: 'batch', method: 'POST' },
	{ route: 'identify', path: 'identify', method: 'POST' },
	{ route: 'track', path: 'track', method: 'POST' },
	{ route: 'open', path: 'open', method: 'GET' },
	{ route: 'click', path: 'click', method: 'GET' },
	{ route: 'unsubscribe', path: 'unsubscribe', method: 'GET' },
	{ route: 'unsubscribe', path: 'unsubscribe', method: 'POST' },
	{ route: 'health', path: 'health', method: 'GET' },
];

/** The entry n8n calls `default` carries the life cycle: its checkExists, create and delete run once, not once a path. */
function nameOf({ path, method }: { path: string; method: string }): string {
	return path === 'v1/batch' ? 'default' : `${method} ${path}`;
}

// n8n-workflow's type knows just the names 'default' and 'setup'; n8n itself takes any (measured in 2.41.1).
export const webhooks = ROUTES.map((entry) => ({
	name: nameOf(entry),
	httpMethod: entry.method,
	path: `={{ $parameter["pathPrefix"].replace(/^\\/+|\\/+$/g, "") || "journeys" }}/${entry.path}`,
	isFullPath: true,
	responseMode: 'onReceived',
	ndvHideUrl: !entry.shown,
	ndvHideMethod: !entry.shown,
})) as IWebhookDescription[];

const ROUTE_BY_NAME = new Map(ROUTES.map((entry) => [nameOf(entry), entry.route]));

/** The engine's route for the name of a webhook entry. */
export function routeOf(webhookName: string): string {
	return ROUTE_BY_NAME.get(webhookName) ?? webhookName;
}
