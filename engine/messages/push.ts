import { pushProvider, tooLarge, MOST_PAYLOAD_BYTES } from '../channels/push';
import type { OutgoingPush, PushConfig } from '../channels/types';
import { EngineError } from '../kernel';
import { compileMessage, isWebAddress, sourcesOf } from '../templates';
import type { RenderScope } from '../templates/types';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { scopeOf } from './content-facts';
import type { Addressed } from './guards';
import { messageLinks } from './message-links';
import { pageLinks } from './page-links';
import type { PushContent, PushMaking, PushSendRequest } from './types';

export const pushChannel: MessageChannel<PushSendRequest, OutgoingPush> = {
	name: 'push',
	words: { message: 'notification', marketing: 'marketing notifications', contact: 'contact user ID', contactField: 'Contact User ID' },
	contactBy: 'user_id',
	connections: 10,
	provider: pushProvider,
	check: async (request) => {
		for (const content of [request.content, ...request.items.flatMap((item) => item.content ?? [])]) checkData(request.step.name, content.data);
		if (request.items.some((item) => item.content === undefined)) await compileMessage('push', request.content);
	},
	texts: (request, item) => sourcesOf(contentOf(request, item)),
	ledger: ({ provider }) => ({ platforms: [platformServed(provider)] }),
	render,
};

/** Whose devices a provider reaches: tokens of its own, or whoever has a user id there. */
export function platformServed(provider: PushConfig): string {
	return provider.kind === 'onesignal' && provider.by === 'externalId' ? 'user_id' : provider.kind;
}

/** Names that Firebase and Apple keep for themselves (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages), and ours. */
const RESERVED = /^(?:from|message_type|aps|link|google\..*|gcm\..*)$/i;

export function checkData(step: string, data: Readonly<Record<string, string>> = {}): void {
	const reserved = Object.keys(data).find((name) => RESERVED.test(name));
	if (reserved !== undefined) throw new EngineError('BAD_INPUT', `"${step}" has data with the name ${reserved.slice(0, 40)}, which the services keep for themselves. Choose another name; nothing was sent.`);
}

/** What is empty for a person is left out. */
export function filledIn(data: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== ''));
}

/** Compiled and rendered, with web links as `track` makes them. Throws TEMPLATE_INVALID, and BAD_INPUT for what no service takes. */
export async function renderPush(making: PushMaking, scope: RenderScope, content: PushContent, track: (url: string) => string): Promise<Omit<OutgoingPush, 'id' | 'devices'>> {
	const rendered = (await compileMessage('push', content)).render(scope);
	return { ...notificationOf(rendered, track), priority: making.priority, ...(making.ttlSeconds === undefined ? {} : { ttlSeconds: making.ttlSeconds }) };
}

const LONGEST_COLLAPSE_KEY = 64;
const RETRY = 'then use Journey Control: Retry Held';

function notificationOf({ title = '', body = '', image = '', link = '', badge = '', sound = '', collapseKey = '', data = {}, override = {} }: PushContent, track: (url: string) => string): Omit<OutgoingPush, 'id' | 'devices' | 'priority'> {
	if (title === '' && body === '') throw new EngineError('BAD_INPUT', `Title and message are empty for this person. Give what they show a default, ${RETRY}.`);
	if (badge !== '' && !/^\d{1,9}$/.test(badge)) throw new EngineError('BAD_INPUT', `The badge is no whole number for this person. Give what it shows a default such as 0, ${RETRY}.`);
	if (Buffer.byteLength(collapseKey) > LONGEST_COLLAPSE_KEY) throw new EngineError('BAD_INPUT', `The collapse key is longer than ${LONGEST_COLLAPSE_KEY} bytes for this person. Make it shorter, ${RETRY}.`);
	return {
		title, body, data: filledIn(data), override,
		...(image === '' ? {} : { image }), ...(link === '' ? {} : { link: isWebAddress(link) ? track(link) : link }), ...(badge === '' ? {} : { badge: Number(badge) }),
		...(sound === '' ? {} : { sound }), ...(collapseKey === '' ? {} : { collapseKey }),
	};
}

async function render(request: PushSendRequest, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<OutgoingPush>> {
	const { work, devices = [] } = person;
	const links = messageLinks(linking, work.message);
	const pages = pageLinks(pushChannel.texts(request, work.item), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	const scope = scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links });
	try {
		const notification = await renderPush(request, scope, contentOf(request, work.item), (url) => (links === null || !request.trackClicks ? url : links.click(url, 0)));
		const message = { ...notification, id: work.message, devices: devices.map(({ address }) => address) };
		const trouble = pushTrouble(request.provider, message);
		if (trouble !== null) return { kind: 'broken', reason: trouble };
		return { kind: 'ready', message };
	} catch (error) {
		return brokenBy(error, pushChannel.words.message);
	}
}

/** Why the service would not take it; null: it would. */
export function pushTrouble(provider: PushConfig, message: OutgoingPush): string | null {
	const bytes = tooLarge(provider, message);
	return bytes === undefined ? null : tooLargeReason(bytes, MOST_PAYLOAD_BYTES);
}

export function tooLargeReason(bytes: number, most: number): string {
	return `The notification has ${bytes} bytes for this person, and push services take ${most}. Make text, data or links shorter, ${RETRY}.`;
}
