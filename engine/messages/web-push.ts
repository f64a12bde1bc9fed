import { createHash } from 'node:crypto';

import { MOST_WEB_PUSH_BYTES, webPushProvider } from '../channels/webpush';
import type { OutgoingWebPush, VapidConfig } from '../channels/types';
import { EngineError, type JsonObject } from '../kernel';
import { compileMessage, isWebAddress, sourcesOf } from '../templates';
import type { RenderScope } from '../templates/types';
import { signToken } from '../tracking';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { scopeOf } from './content-facts';
import type { Addressed } from './guards';
import { messageLinks } from './message-links';
import { pageLinks } from './page-links';
import { checkData, filledIn, tooLargeReason } from './push';
import type { SendRequest, WebPushContent, WebPushMaking } from './types';

/** What a browser's push service keeps at most, and more than any of them promises. */
const FOUR_WEEKS_S = 28 * 86_400;
/** What browsers show of a notification's buttons. */
const MOST_ACTIONS = 2;

/** As it goes through the pipeline: with the engine's own keys. */
export type KeyedWebPush = SendRequest<WebPushContent, VapidConfig> & WebPushMaking;

export const webPushChannel: MessageChannel<KeyedWebPush, OutgoingWebPush> = {
	name: 'webpush',
	words: { message: 'notification', marketing: 'marketing notifications', contact: 'contact user ID', contactField: 'Contact User ID' },
	contactBy: 'user_id',
	connections: 10,
	provider: webPushProvider,
	check: async (request) => {
		for (const content of [request.content, ...request.items.flatMap((item) => item.content ?? [])]) {
			checkWebPush(request.step.name, content);
		}
		if (request.items.some((item) => item.content === undefined)) await compileMessage('webpush', request.content);
	},
	texts: (request, item) => sourcesOf(contentOf(request, item)),
	render,
};

/** What no browser takes of anybody's. Throws BAD_INPUT. */
export function checkWebPush(step: string, { data, actions = [] }: Pick<WebPushContent, 'data' | 'actions'>): void {
	checkData(step, data);
	if (actions.length > MOST_ACTIONS) throw new EngineError('BAD_INPUT', `"${step}" has more than ${MOST_ACTIONS} buttons, which no browser shows. Take some out; nothing was sent.`);
}

/** Why no browser's service would take it; null: it would. */
export function webPushTrouble(payload: JsonObject): string | null {
	const bytes = Buffer.byteLength(JSON.stringify(payload));
	return bytes > MOST_WEB_PUSH_BYTES ? tooLargeReason(bytes, MOST_WEB_PUSH_BYTES) : null;
}

/** How the service worker is told of links and where it reports; null: no route is known. */
export interface Reporting {
	/** The web address as it opens, recorded by the collector. */
	click(url: string, index: number): string;
	/** Where the worker posts what became of the notification, and the token that says of which. */
	report: { url: string; token: string };
}

/**
 * What the service worker gets (engine/collector/service-worker.ts reads it): `title`, `options` of showNotification, `links` by action ('' is the notification itself) with the address as it is and as it is opened, `report`.
 * Throws TEMPLATE_INVALID, and BAD_INPUT for what no browser shows.
 */
export async function renderWebPush(scope: RenderScope, content: WebPushContent, reporting: Reporting | null, trackClicks: boolean): Promise<{ payload: JsonObject; topic: string | undefined }> {
	const { title, body = '', icon = '', image = '', badge = '', link = '', collapseKey = '', actions: buttons = [], data = {} } = (await compileMessage('webpush', content)).render(scope);
	if (title === '') throw new EngineError('BAD_INPUT', 'The title is empty for this person, and no browser shows a notification without one. Give what it shows a default, then use Journey Control: Retry Held.');
	const links: JsonObject = {};
	const lead = (action: string, url: string, index: number): void => {
		if (!isWebAddress(url)) throw new EngineError('BAD_INPUT', 'A link leads to no web address (https://…) for this person, and browsers open nothing else. Correct it, then use Journey Control: Retry Held.');
		links[action] = { url, ...(reporting === null || !trackClicks ? {} : { open: reporting.click(url, index) }) };
	};
	if (link !== '') lead('', link, 0);
	const actions = buttons.flatMap(({ title: text, link: target }, n) => {
		if (text === '') return [];
		if (target !== '') lead(String(n), target, n + 1);
		return [{ action: String(n), title: text }];
	});
	const pictures = Object.fromEntries(Object.entries({ icon, image, badge }).filter(([, url]) => url !== ''));
	return {
		payload: {
			journeys: 1, title,
			options: {
				body, ...pictures, ...(actions.length === 0 ? {} : { actions }), ...(collapseKey === '' ? {} : { tag: collapseKey, renotify: content.silent !== true }),
				...(content.requireInteraction === true ? { requireInteraction: true } : {}), ...(content.silent === true ? { silent: true } : {}),
			},
			...(Object.keys(links).length === 0 ? {} : { links }), ...dataOf(filledIn(data)), ...(reporting === null ? {} : { report: reporting.report }),
		},
		// A topic is 32 characters of base64url at most (RFC 8030, 5.4); a key is any text.
		topic: collapseKey === '' ? undefined : createHash('sha256').update(collapseKey).digest('base64url').slice(0, 32),
	};
}

function dataOf(data: Record<string, string>): JsonObject {
	return Object.keys(data).length === 0 ? {} : { data };
}

async function render(request: KeyedWebPush, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<OutgoingWebPush>> {
	const { work, devices = [] } = person;
	const links = messageLinks(linking, work.message);
	const pages = pageLinks(webPushChannel.texts(request, work.item), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	const scope = scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links });
	const reporting = links === null || linking.address === null ? null : {
		click: links.click, report: { url: `${linking.address}/webpush-event`, token: signToken({ k: 'n', m: work.message }, linking.secret) },
	};
	try {
		const { payload, topic } = await renderWebPush(scope, contentOf(request, work.item), reporting, request.trackClicks);
		const trouble = webPushTrouble(payload);
		if (trouble !== null) return { kind: 'broken', reason: trouble };
		return {
			kind: 'ready',
			message: {
				id: work.message, payload, urgency: request.urgency, ttlSeconds: request.ttlSeconds ?? FOUR_WEEKS_S, ...(topic === undefined ? {} : { topic }),
				subscriptions: devices.flatMap(({ address, keys }) => (keys === undefined ? [] : [{ endpoint: address, ...keys }])),
			},
		};
	} catch (error) {
		return brokenBy(error, webPushChannel.words.message);
	}
}
