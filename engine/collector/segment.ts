import { ENGAGEMENT_EVENTS, type Identity, type TrackingMessage } from '../events/types';
import { isJsonObject, type JsonObject } from '../kernel';
import { cleanText } from '../profiles';
import { MESSAGE_LIMIT_BYTES } from './body';
import { asksForPrivacy, keptContext, statedIp } from './context';

/** With a write key, which stands in every web page, nobody may end other people's waits for a click. */
const ENGINE_EVENTS: ReadonlySet<string> = new Set(ENGAGEMENT_EVENTS);

/** A clock is called wrong beyond this; below it the difference is the way over the network, and an exact time stays exact. */
const SKEW_MS = 5_000;

export interface Parsed {
	messages: TrackingMessage[];
	/** Of each message, its index in the given batch. */
	indexes: number[];
	rejected: Array<{ index: number; reason: string }>;
	/** Positions in `messages` of people whose browser asks that their data be neither sold nor shared. */
	private: number[];
}

export interface Arrival {
	sentAt: unknown;
	receivedAtMs: number;
	/** Bytes of the whole request: when all of it is small, so is each message. */
	bytes: number;
	/** The header Sec-GPC: 1. */
	gpc: boolean;
	/** Whether IP addresses may be stored. */
	storeIps: boolean;
	/** Address of the browser that sent it; null when a server did, or it is not known. */
	ip: string | null;
}

const TYPES: ReadonlySet<unknown> = new Set<TrackingMessage['type']>(['identify', 'track', 'page', 'screen', 'group', 'alias']);

/**
 * Messages in the shape of Segment's spec (https://segment.com/docs/connections/spec/common/) as the engine's own; `integrations` is
 * ignored. A wrong client clock is corrected by Segment's rule: timestamp + (received - sentAt). A time that cannot be read becomes the
 * time of arrival: a contact is worth more than its date.
 */
export function parseCalls(calls: readonly unknown[], arrival: Arrival): Parsed {
	const parsed: Parsed = { messages: [], indexes: [], rejected: [], private: [] };
	calls.forEach((call, index) => {
		const message = readCall(call, arrival);
		if (typeof message === 'string') {
			parsed.rejected.push({ index, reason: message });
			return;
		}
		if (arrival.gpc || asksForPrivacy((call as JsonObject).context)) parsed.private.push(parsed.messages.length);
		parsed.messages.push(message);
		parsed.indexes.push(index);
	});
	return parsed;
}

/** A message, or why not. */
function readCall(call: unknown, arrival: Arrival): TrackingMessage | string {
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
	const identities = externalIds(call.context);
	if (userId === undefined && anonymousId === undefined && identities.length === 0) return 'userId or anonymousId is missing.';
	if (userId !== undefined) message.userId = userId;
	if (anonymousId !== undefined) message.anonymousId = anonymousId;
	if (identities.length > 0) message.identities = identities;
	if (!objectOrAbsent(call.properties)) return 'properties must be an object.';
	if (!objectOrAbsent(call.traits)) return 'traits must be an object.';
	const messageId = idOf(call.messageId);
	if (messageId !== undefined) message.messageId = messageId;
	const timestamp = happenedAt(call, arrival.sentAt, arrival.receivedAtMs);
	if (timestamp !== undefined) message.timestamp = timestamp;
	return readContent(message, call, arrival);
}

function readContent(message: TrackingMessage, call: JsonObject, arrival: Arrival): TrackingMessage | string {
	switch (message.type) {
		case 'track': {
			// As it would be stored: "Unsubscribed" with a NUL character in it is stored without.
			const name = typeof call.event === 'string' ? cleanText(call.event).trim() : '';
			if (ENGINE_EVENTS.has(name)) return `"${name}" is written by the engine itself when it happens. Choose another name for an event of your own.`;
			if (name === '') return 'event, the name of the event, is missing.';
			message.event = name;
			message.properties = propertiesOf(call, arrival, true);
			return message;
		}
		case 'page':
		case 'screen':
			if (typeof call.name === 'string') message.name = call.name;
			if (typeof call.category === 'string') message.category = call.category;
			message.properties = propertiesOf(call, arrival, false);
			return message;
		case 'identify':
			message.traits = (call.traits as JsonObject | null | undefined) ?? {};
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
function propertiesOf(call: JsonObject, { storeIps, ip }: Arrival, page: boolean): JsonObject {
	const properties = (call.properties as JsonObject | null | undefined) ?? {};
	if ('context' in properties) return properties;
	const context = keptContext(call.context, { page, ip: storeIps ? (statedIp(call.context) ?? ip) : null });
	return context === null ? properties : { ...properties, context };
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

/** context.externalIds: [{id, type}] of the spec. */
function externalIds(context: unknown): Identity[] {
	const list = isJsonObject(context) && Array.isArray(context.externalIds) ? context.externalIds : [];
	return list.flatMap((entry) => {
		const value = isJsonObject(entry) ? idOf(entry.id) : undefined;
		const kind = isJsonObject(entry) && typeof entry.type === 'string' ? entry.type.trim() : '';
		return value === undefined || kind === '' ? [] : [{ kind, value }];
	});
}

function happenedAt(call: JsonObject, batchSentAt: unknown, receivedAtMs: number): number | undefined {
	const stated = timeOf(call.timestamp) ?? timeOf(call.originalTimestamp);
	if (stated === undefined) return undefined;
	const sentAtMs = timeOf(batchSentAt) ?? timeOf(call.sentAt);
	const skewMs = sentAtMs === undefined ? 0 : receivedAtMs - sentAtMs;
	if (Math.abs(skewMs) <= SKEW_MS) return stated;
	const corrected = stated + skewMs;
	return corrected >= EARLIEST_MS ? corrected : undefined;
}

/** 1973 in milliseconds; a number below it and above 2001 in seconds is one in seconds, as some back ends send it. */
const EARLIEST_MS = 100_000_000_000;
const EARLIEST_SECONDS = 1_000_000_000;
/** The year 2200: later is a clock gone wrong, and so no help in correcting another. */
const LATEST_MS = 7_258_118_400_000;

/** A time without a zone is UTC; Date.parse alone would take the server's own zone. A number may come as text. */
function timeOf(given: unknown): number | undefined {
	const value = typeof given === 'string' && /^\d{10,16}$/.test(given) ? Number(given) : given;
	const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(/[T ][\d:.]+$/.test(value) ? `${value}Z` : value) : NaN;
	if (ms >= EARLIEST_SECONDS && ms < EARLIEST_MS && typeof value === 'number') return ms * 1000;
	return ms >= EARLIEST_MS && ms < LATEST_MS ? ms : undefined;
}
