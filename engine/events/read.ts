import type { JsonObject } from '../kernel';
import { cleanText, readPerson, storable, type IdentityOptions, type IdentitySet } from '../profiles';
import { readTimestamp } from './timestamp';
import type { TrackingMessage } from './types';

const LONGEST_NAME = 200;
const LONGEST_MESSAGE_ID = 255;

export type ReadMessage = IdentifyMessage | TrackMessage;

interface MessageHead {
	/** Into the given batch. */
	index: number;
	/** Set once it is known whose the message is. */
	profile: number;
	set: IdentitySet;
	/** source:messageId, or null when the sender gave none: then nothing is deduplicated. */
	key: string | null;
}

export interface IdentifyMessage extends MessageHead {
	type: 'identify';
	attributes: JsonObject;
}

export interface TrackMessage extends MessageHead {
	type: 'track';
	name: string;
	properties: JsonObject;
	propertiesJson: string;
	occurredAtMs: number;
	enrollment: number | null;
	message: string | null;
}

export interface ReadOptions extends IdentityOptions {
	source: string;
	receivedAtMs: number;
}

/** Checks one message from outside. A text is the reason it is refused; it never repeats personal data. */
export function readMessage(given: TrackingMessage, index: number, options: ReadOptions): ReadMessage | string {
	if (typeof given !== 'object' || given === null) return 'The message is not an object.';
	if (given.type !== 'identify' && given.type !== 'track') {
		return `The type is ${typeof given.type === 'string' ? `"${cleanText(String(given.type)).slice(0, 40)}"` : 'missing'}: use "identify" or "track".`;
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
	if (given.type === 'identify') return { type: 'identify', index, profile: 0, set: person.set, key, attributes: person.attributes ?? {} };

	if (typeof given.event !== 'string' || given.event.trim() === '') return 'A track message needs the name of the event in "event".';
	const name = cleanText(given.event.trim());
	if (name.length > LONGEST_NAME) return `The name of the event is longer than ${LONGEST_NAME} characters.`;
	const properties = storable(given.properties ?? {}, 'properties');
	if (!properties.ok) return properties.reason;
	return {
		type: 'track', index, profile: 0, set: person.set, key, name, properties: properties.value, propertiesJson: properties.json, occurredAtMs,
		enrollment: given.enrollment ?? null, message: given.message ?? null,
	};
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
