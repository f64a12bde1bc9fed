import type { IWebhookDescription } from 'n8n-workflow';

import { CALLBACK_PROVIDERS } from '../../engine';

interface Entry {
	route: string;
	path: string;
	method: string;
	/** Whether the panel shows the address: always, or as an expression says. */
	shown?: true | string;
}

const CALLS = ['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch', 'import'] as const;

/**
 * Every address the collector answers, below the path prefix. n8n wants one entry a path and one name an entry; the name leads back to the
 * engine's route. Segment's SDKs put v1/ before the verb, so those are served twice (import is the batch of those for Ruby, Java and
 * Android); the browser's one uses just the first letter, and m for its own metrics. The browser SDK and the snippet themselves come from the own listener only, since every page asks for them; what shows on-site messages comes from here, too.
 */
const ROUTES: readonly Entry[] = [
	{ route: 'batch', path: 'v1/batch', method: 'POST', shown: true },
	...CALLS.filter((call) => call !== 'batch').map((call) => ({ route: call, path: `v1/${call}`, method: 'POST' })),
	...CALLS.map((call) => ({ route: call, path: call, method: 'POST' })),
	...[...CALLS.filter((call) => call !== 'import').map((call) => call.charAt(0)), 'm'].map((letter) => ({ route: letter, path: `v1/${letter}`, method: 'POST' })),
	// Programs that look at links before people do ask by HEAD, and take a link for broken that does not answer.
	...['open', 'click', 'unsubscribe'].flatMap((name) => ['GET', 'HEAD'].map((method) => ({ route: name, path: name, method }))),
	{ route: 'unsubscribe', path: 'unsubscribe', method: 'POST' },
	{ route: 'preferences', path: 'preferences', method: 'GET' },
	{ route: 'preferences', path: 'preferences', method: 'POST' },
	{ route: 'confirm', path: 'confirm', method: 'GET' },
	{ route: 'confirm', path: 'confirm', method: 'POST' },
	{ route: 'images', path: 'images', method: 'GET' },
	{ route: 'images', path: 'images', method: 'HEAD' },
	{ route: 'health', path: 'health', method: 'GET' },
	// A page may be served by the site and the service worker's file too, so both ask here as well.
	...['webpush-sw.js', 'webpush-key'].map((name) => ({ route: name, path: name, method: 'GET' })),
	...['webpush-subscribe', 'webpush-unsubscribe', 'webpush-resubscribe', 'webpush-event'].map((name) => ({ route: name, path: name, method: 'POST' })),
	{ route: 'onsite', path: 'onsite', method: 'POST' },
	{ route: 'onsite.js', path: 'onsite.js', method: 'GET' },
	// n8n shows an address for each chosen provider: it is what has to be entered there.
	...CALLBACK_PROVIDERS.map(({ name }) => ({ route: `callbacks/${name}`, path: `callbacks/${name}`, method: 'POST', shown: `($parameter["reportsFrom"] || []).includes("${name}")` })),
	...CALLBACK_PROVIDERS.filter(({ asks, get }) => asks ?? get).map(({ name }) => ({ route: `callbacks/${name}`, path: `callbacks/${name}`, method: 'GET' })),
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
	...hidden(entry),
})) as IWebhookDescription[];

function hidden({ shown }: Entry): Pick<IWebhookDescription, 'ndvHideUrl' | 'ndvHideMethod'> {
	const hide = typeof shown === 'string' ? `={{ !${shown} }}` : shown !== true;
	return { ndvHideUrl: hide, ndvHideMethod: hide };
}

const ROUTE_BY_NAME = new Map(ROUTES.map((entry) => [nameOf(entry), entry.route]));

/** The engine's route for the name of a webhook entry. */
export function routeOf(webhookName: string): string {
	return ROUTE_BY_NAME.get(webhookName) ?? webhookName;
}
