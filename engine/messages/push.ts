import { pushProvider, tooLarge, MOST_PAYLOAD_BYTES } from '../channels/push';
import type { OutgoingPush, PushConfig } from '../channels/types';
import { EngineError, type JsonValue } from '../kernel';
import { compileNotificationCached, isWebAddress } from '../templates';
import type { NotificationTexts, RenderedNotification, RenderScope } from '../templates/types';
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
		if (request.items.some((item) => item.content === undefined)) await compileNotificationCached(pushFields(request.content));
	},
	texts: (request, item) => pushTexts(contentOf(request, item)),
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

/** The same object for each person of a batch: what is compiled is found by it. */
const known = new WeakMap<PushContent, NotificationTexts>();

export function pushFields(content: PushContent): NotificationTexts {
	const made = known.get(content);
	if (made !== undefined) return made;
	const { title, body, image = '', link = '', badge = '', sound = '', collapseKey = '', data = {}, override } = content;
	const fields: NotificationTexts = {
		texts: { title, message: body, image, link, badge, sound, group: collapseKey, ...named('data', data) },
		...(override === undefined ? {} : { json: override }),
	};
	known.set(content, fields);
	return fields;
}

/** All texts with Liquid, those of the override too. */
export function pushTexts(content: PushContent): string[] {
	const { texts, json = {} } = pushFields(content);
	return [...Object.values(texts), ...textsWithin(json)];
}

function textsWithin(value: JsonValue): string[] {
	if (typeof value === 'string') return [value];
	return typeof value === 'object' && value !== null ? Object.values(value).flatMap((one) => textsWithin(one as JsonValue)) : [];
}

export function named(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** Those rendered under a prefix; what is empty for a person is left out. */
export function under(prefix: string, texts: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(Object.entries(texts).flatMap(([name, value]) => (name.startsWith(`${prefix}.`) && value !== '' ? [[name.slice(prefix.length + 1), value]] : [])));
}

/** Compiled and rendered, with web links as `track` makes them. Throws TEMPLATE_INVALID, and BAD_INPUT for what no service takes. */
export async function renderPush(making: PushMaking, scope: RenderScope, content: PushContent, track: (url: string) => string): Promise<Omit<OutgoingPush, 'id' | 'devices'>> {
	const rendered = (await compileNotificationCached(pushFields(content))).render(scope);
	return { ...notificationOf(rendered, track), priority: making.priority, ...(making.ttlSeconds === undefined ? {} : { ttlSeconds: making.ttlSeconds }) };
}

const LONGEST_COLLAPSE_KEY = 64;
const RETRY = 'then use Journey Control: Retry Held';

function notificationOf({ texts, json }: RenderedNotification, track: (url: string) => string): Omit<OutgoingPush, 'id' | 'devices' | 'priority'> {
	const { title = '', message = '', image = '', link = '', badge = '', sound = '', group = '' } = texts;
	if (title === '' && message === '') throw new EngineError('BAD_INPUT', `Title and message are empty for this person. Give what they show a default, ${RETRY}.`);
	if (badge !== '' && !/^\d{1,9}$/.test(badge)) throw new EngineError('BAD_INPUT', `The badge is no whole number for this person. Give what it shows a default such as 0, ${RETRY}.`);
	if (Buffer.byteLength(group) > LONGEST_COLLAPSE_KEY) throw new EngineError('BAD_INPUT', `The collapse key is longer than ${LONGEST_COLLAPSE_KEY} bytes for this person. Make it shorter, ${RETRY}.`);
	return {
		title, body: message, data: under('data', texts), override: json,
		...(image === '' ? {} : { image }), ...(link === '' ? {} : { link: isWebAddress(link) ? track(link) : link }), ...(badge === '' ? {} : { badge: Number(badge) }),
		...(sound === '' ? {} : { sound }), ...(group === '' ? {} : { collapseKey: group }),
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
		const bytes = tooLarge(request.provider, message);
		if (bytes !== undefined) return { kind: 'broken', reason: tooLargeReason(bytes, MOST_PAYLOAD_BYTES) };
		return { kind: 'ready', message };
	} catch (error) {
		return brokenBy(error, pushChannel.words.message);
	}
}

export function tooLargeReason(bytes: number, most: number): string {
	return `The notification has ${bytes} bytes for this person, and push services take ${most}. Make text, data or links shorter, ${RETRY}.`;
}
