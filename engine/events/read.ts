import { isJsonObject, type JsonObject } from '../kernel';
import { isZone } from '../kernel/local-time';
import { cleanText, readPerson, storable, type IdentityOptions, type IdentitySet } from '../profiles';
import { readTimestamp } from './timestamp';
import { ENGAGEMENT_EVENTS, type TrackingMessage } from './types';

const LONGEST_NAME = 200;
const LONGEST_MESSAGE_ID = 255;
const LONGEST_ID = 255;

const OWN_EVENTS: ReadonlySet<string> = new Set(ENGAGEMENT_EVENTS);

/** What page and screen calls are stored as. */
const VIEW_EVENTS = { page: 'Page Viewed', screen: 'Screen Viewed' } as const;

export type ReadMessage = IdentifyMessage | TrackMessage | GroupMessage | AliasMessage;

interface MessageHead {
	/** Into the given batch. */
	index: number;
	/** Set once it is known whose the message is. */
	profile: number;
	set: IdentitySet;
	/** source:messageId, or null when the sender gave none: then nothing is deduplicated. */
	key: string | null;
	/** When it was so, also of a call that leaves no event: one that comes a day late starts no journey. */
	occurredAtMs: number;
}

export interface IdentifyMessage extends MessageHead {
	type: 'identify';
	attributes: JsonObject;
	/** Set where the person has nothing of the kind yet. */
	device: JsonObject | undefined;
}

export interface TrackMessage extends MessageHead {
	type: 'track';
	name: string;
	properties: JsonObject;
	propertiesJson: string;
	enrollment: number | null;
	message: string | null;
}

/** The person belongs to an account. */
export interface GroupMessage extends MessageHead {
	type: 'group';
	groupId: string;
	/** Of the account. */
	attributes: JsonObject;
}

/** `set` (the new id) and `previousId`, a user id or an anonymous id, are one person. */
export interface AliasMessage extends MessageHead {
	type: 'alias';
	previousId: string;
}

export interface ReadOptions extends IdentityOptions {
	source: string;
	receivedAtMs: number;
	/** See IngestOptions.own. */
	own?: boolean;
}

/** Checks one message from outside. A text is the reason it is refused; it never repeats personal data. */
export function readMessage(given: TrackingMessage, index: number, options: ReadOptions): ReadMessage | string {
	if (typeof given !== 'object' || given === null) return 'The message is not an object.';
	if (!isKnownType(given.type)) {
		return `The type is ${typeof given.type === 'string' ? `"${cleanText(String(given.type)).slice(0, 40)}"` : 'missing'}: use identify, track, page, screen, group or alias.`;
	}
	const { messageId } = given;
	if (messageId !== undefined && messageId !== null && (typeof messageId !== 'string' || messageId.length > LONGEST_MESSAGE_ID)) {
		return `The messageId is not a text of at most ${LONGEST_MESSAGE_ID} characters.`;
	}
	const occurredAtMs = readTimestamp(given.timestamp, options.receivedAtMs);
	if (occurredAtMs === null) return 'The timestamp is neither ISO 8601 (2026-03-02T09:00:00Z) nor milliseconds since 1970.';
	const identities = identitiesOf(given);
	if (typeof identities === 'string') return identities;
	const person = readPerson(
		{ profileId: given.profileId, identities, attributes: given.type === 'identify' ? given.traits : undefined },
		options,
		false,
	);
	if (!person.ok) return person.reason;
	const key = messageId === undefined || messageId === null || messageId === '' ? null : `${options.source}:${cleanText(messageId)}`;
	const head = { index, profile: 0, set: person.set, key, occurredAtMs };
	switch (given.type) {
		case 'identify': return { type: 'identify', ...head, attributes: person.attributes ?? {}, device: deviceOf(given.device) };
		case 'group': return readGroup(given, head);
		case 'alias': return readAlias(given, head);
		default: return readTrack(given, head, options.own === true);
	}
}

/** What a device says is taken when it can be what it says it is, else left: nobody is refused for it. */
function deviceOf(given: TrackingMessage['device']): JsonObject | undefined {
	if (typeof given !== 'object' || given === null) return undefined;
	const device: JsonObject = {};
	if (typeof given.timezone === 'string' && isZone(given.timezone.trim())) device.timezone = given.timezone.trim();
	if (typeof given.locale === 'string' && LOCALE.test(given.locale)) device.locale = given.locale;
	return Object.keys(device).length === 0 ? undefined : device;
}

/** A language tag as browsers give it (en-US, zh-Hant-TW, pt_BR). */
const LOCALE = /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$/;

function isKnownType(type: unknown): type is TrackingMessage['type'] {
	return type === 'track' || type === 'identify' || type === 'page' || type === 'screen' || type === 'group' || type === 'alias';
}

function readTrack(given: TrackingMessage, head: MessageHead, own: boolean): TrackMessage | string {
	const view = given.type === 'page' || given.type === 'screen' ? given.type : null;
	const event = view === null ? given.event : VIEW_EVENTS[view];
	// Trimmed after it is cleaned: "Unsubscribed" between NUL characters and blanks must not get through as another name.
	const name = typeof event === 'string' ? cleanText(event).trim() : '';
	if (name === '') return 'event, the name of the event, is missing.';
	if (!own && OWN_EVENTS.has(name)) return `"${name}" is written by the engine itself when it happens. Choose another name for an event of your own.`;
	if (name.length > LONGEST_NAME) return `The name of the event is longer than ${LONGEST_NAME} characters.`;
	const properties = storable(view === null ? (given.properties ?? {}) : withView(given), 'properties');
	if (!properties.ok) return properties.reason;
	return {
		type: 'track', ...head, name, properties: properties.value, propertiesJson: properties.json,
		enrollment: own ? (given.enrollment ?? null) : null, message: own ? (given.message ?? null) : null,
	};
}

/** Segment's own libraries put both among the properties themselves; a sender of plain HTTP need not. */
function withView({ properties, name, category }: TrackingMessage): unknown {
	if (!isJsonObject(properties ?? {})) return properties;
	return {
		...(typeof name === 'string' && name !== '' ? { name } : {}),
		...(typeof category === 'string' && category !== '' ? { category } : {}),
		...properties,
	};
}

function readGroup(given: TrackingMessage, head: MessageHead): GroupMessage | string {
	const groupId = readId(given.groupId);
	if (groupId === null) return `A group message needs the account's id in "groupId", a text of at most ${LONGEST_ID} characters.`;
	const traits = storable(given.traits ?? {}, 'traits');
	return traits.ok ? { type: 'group', ...head, groupId, attributes: traits.value } : traits.reason;
}

function readAlias(given: TrackingMessage, head: MessageHead): AliasMessage | string {
	const previousId = readId(given.previousId);
	if (previousId === null) return `An alias message needs the id the person had before in "previousId", a text of at most ${LONGEST_ID} characters.`;
	return { type: 'alias', ...head, previousId };
}

function readId(given: unknown): string | null {
	const id = typeof given === 'string' ? cleanText(given).trim() : '';
	return id === '' || id.length > LONGEST_ID ? null : id;
}

function identitiesOf(given: TrackingMessage): Array<{ kind: string; value: unknown }> | string {
	const identities: Array<{ kind: string; value: unknown }> = [];
	if (given.userId !== undefined && given.userId !== null) identities.push({ kind: 'user_id', value: given.userId });
	if (given.identities !== undefined && given.identities !== null) {
		if (!Array.isArray(given.identities)) return '"identities" is not a list of { kind, value }.';
		if (given.identities.length > MOST_IDENTITIES) return `The message has more than ${MOST_IDENTITIES} identities.`;
		for (const identity of given.identities as unknown[]) {
			if (typeof identity !== 'object' || identity === null || !('kind' in identity) || !('value' in identity)) return '"identities" is not a list of { kind, value }.';
			identities.push({ kind: identity.kind as string, value: identity.value });
		}
	}
	if (given.anonymousId !== undefined && given.anonymousId !== null) identities.push({ kind: 'anonymous_id', value: given.anonymousId });
	return identities;
}

const MOST_IDENTITIES = 20;
