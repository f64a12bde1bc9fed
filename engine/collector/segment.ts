import type { Identity, TrackingMessage } from '../events/types';
import { isJsonObject, type JsonObject } from '../kernel';
import { cleanText } from '../profiles';
import { MESSAGE_LIMIT_BYTES } from './body';
import { asksForPrivacy, joinedContext, keptContext, statedIp } from './context';
import { happenedAt } from './happened-at';
import type { ProvenUser } from './user-secrets';

export interface Parsed {
	messages: TrackingMessage[];
	/** Of each message, its index in the given batch. */
	indexes: number[];
	rejected: Array<{ index: number; reason: string }>;
	/** Names of what the messages' contexts held and is not kept (context.ts). */
	notKept: Set<string>;
	/** Names of what told of a device without the proof of a user id. */
	notProven: Set<string>;
}

export interface Arrival {
	sentAt: unknown;
	/** Of a batch: what holds for all of its messages. */
	context: unknown;
	receivedAtMs: number;
	/** Bytes of the whole request: when all of it is small, so is each message. */
	bytes: number;
	/** The header Sec-GPC: 1. */
	gpc: boolean;
	/** Whether IP addresses may be stored. */
	storeIps: boolean;
	/** Address of the browser that sent it; null when a server did, or it is not known. */
	ip: string | null;
	/** Whether a user id came with its proof. Absent: none ever does. */
	proven?: ProvenUser;
}

/** The kind of identity of push tokens. */
const DEVICE = 'device';

const TYPES: ReadonlySet<unknown> = new Set<TrackingMessage['type']>(['identify', 'track', 'page', 'screen', 'group', 'alias']);

/**
 * Messages in the shape of Segment's spec (https://segment.com/docs/connections/spec/common/) as the engine's own; `integrations` is
 * ignored, and so is `context.traits`: mobile libraries repeat a copy of it with every call, which would undo newer values.
 */
export function parseCalls(calls: readonly unknown[], arrival: Arrival): Parsed {
	const parsed: Parsed = { messages: [], indexes: [], rejected: [], notKept: new Set(), notProven: new Set() };
	calls.forEach((call, index) => {
		const message = readCall(call, arrival, parsed.notKept);
		if (typeof message === 'string') {
			parsed.rejected.push({ index, reason: message });
			return;
		}
		if (message.device?.token !== undefined && message.device.provenFor === null) parsed.notProven.add('context.device.token');
		parsed.messages.push(message);
		parsed.indexes.push(index);
	});
	return parsed;
}

/** A message, or why not. */
function readCall(call: unknown, arrival: Arrival, notKept: Set<string>): TrackingMessage | string {
	if (!isJsonObject(call)) return 'A message must be a JSON object.';
	if (arrival.bytes > MESSAGE_LIMIT_BYTES) {
		const size = sizeOf(call);
		if (size === null) return 'The message is nested too deeply.';
		if (size > MESSAGE_LIMIT_BYTES) return `A message may have at most ${MESSAGE_LIMIT_BYTES / 1024} KB.`;
	}
	if (!TYPES.has(call.type)) return 'type must be identify, track, page, screen, group or alias.';
	const message: TrackingMessage = { type: call.type as TrackingMessage['type'] };
	const userId = idOf(call.userId);
	const anonymousId = idOf(call.anonymousId);
	const context = joinedContext(arrival.context, call.context);
	const identities = externalIds(context).filter(({ kind }) => kind !== DEVICE);
	if (userId === undefined && anonymousId === undefined && identities.length === 0) return 'userId or anonymousId is missing.';
	if (userId !== undefined) message.userId = userId;
	if (anonymousId !== undefined) message.anonymousId = anonymousId;
	if (identities.length > 0) message.identities = identities;
	if (arrival.gpc || asksForPrivacy(context)) message.gpc = true;
	const token = pushToken(context);
	// A write key is public: whose a device is, it alone proves to nobody.
	if (token !== undefined) message.device = { token, provenFor: userId !== undefined && arrival.proven?.(userId, userToken(call, context)) === true ? userId : null };
	if (!objectOrAbsent(call.properties)) return 'properties must be an object.';
	if (!objectOrAbsent(call.traits)) return 'traits must be an object.';
	const messageId = idOf(call.messageId);
	if (messageId !== undefined) message.messageId = messageId;
	const timestamp = happenedAt(call, arrival.sentAt, arrival.receivedAtMs);
	if (timestamp !== undefined) message.timestamp = timestamp;
	return readContent(message, call, context, arrival, notKept);
}

function readContent(message: TrackingMessage, call: JsonObject, context: unknown, arrival: Arrival, notKept: Set<string>): TrackingMessage | string {
	switch (message.type) {
		case 'track':
			// As it will be stored: the trigger that emits it knows it by the same name.
			if (typeof call.event === 'string') message.event = cleanText(call.event).trim();
			message.properties = propertiesOf(call, context, arrival, notKept);
			return message;
		case 'page':
		case 'screen':
			if (typeof call.name === 'string') message.name = call.name;
			if (typeof call.category === 'string') message.category = call.category;
			message.properties = propertiesOf(call, context, arrival, notKept);
			return message;
		case 'identify':
			message.traits = (call.traits as JsonObject | null | undefined) ?? {};
			// The spec's context tells the zone and language of the device; senders expect both on the person, as with traits.
			if (isJsonObject(context)) message.device = { ...message.device, timezone: context.timezone, locale: context.locale } as NonNullable<TrackingMessage['device']>;
			return message;
		case 'group': {
			const groupId = idOf(call.groupId);
			if (groupId === undefined) return 'groupId, the id of the account, is missing.';
			message.groupId = groupId;
			message.traits = (call.traits as JsonObject | null | undefined) ?? {};
			return message;
		}
		case 'alias': {
			const previousId = idOf(call.previousId);
			if (previousId === undefined) return 'previousId, the id the person had before, is missing.';
			if (message.userId === undefined) return 'userId, the id the person has now, is missing.';
			message.previousId = previousId;
			return message;
		}
	}
}

/** With the context, so that rules and filters reach it as `context.campaign.source`; a property of that name wins. */
function propertiesOf(call: JsonObject, context: unknown, { storeIps, ip }: Arrival, leftOut: Set<string>): JsonObject {
	const properties = (call.properties as JsonObject | null | undefined) ?? {};
	if ('context' in properties) return properties;
	// Segment's libraries give a view its address among the properties; a server that says it in the context alone does not lose it.
	const page = call.type === 'track' || !('url' in properties);
	const kept = keptContext(context, { page, ip: storeIps ? (statedIp(context) ?? ip) : null, leftOut });
	return kept === null ? properties : { ...properties, context: kept };
}

/** null: nested so deeply that writing it runs out of stack; reading did not, and one such message must not fail its batch. */
function sizeOf(call: JsonObject): number | null {
	try {
		return Buffer.byteLength(JSON.stringify(call));
	} catch (error) {
		if (error instanceof RangeError) return null;
		throw error;
	}
}

function idOf(value: unknown): string | undefined {
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function objectOrAbsent(value: unknown): boolean {
	return value === undefined || value === null || isJsonObject(value);
}

/** context.device.token of the spec: where the app that sent this is reached by push. Among the external ids it says the same: it is of a phone, and finds nobody. */
function pushToken(context: unknown): string | undefined {
	const token = isJsonObject(context) && isJsonObject(context.device) ? idOf(context.device.token) : undefined;
	return token ?? externalIds(context).findLast(({ kind }) => kind === DEVICE)?.value;
}

/** Beside the user id, or in the context, where Segment's libraries let apps add to a call. */
function userToken(call: JsonObject, context: unknown): unknown {
	return call.userToken ?? (isJsonObject(context) ? context.userToken : undefined);
}

/** context.externalIds: [{id, type}] of the spec. */
function externalIds(context: unknown): Identity[] {
	const list = isJsonObject(context) && Array.isArray(context.externalIds) ? context.externalIds : [];
	return list.flatMap((entry) => {
		const value = isJsonObject(entry) ? idOf(entry.id) : undefined;
		const kind = isJsonObject(entry) && typeof entry.type === 'string' ? entry.type.trim() : '';
		return value === undefined || kind === '' ? [] : [{ kind, value }];
	});
}
