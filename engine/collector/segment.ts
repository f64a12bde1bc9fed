import { ENGAGEMENT_EVENTS, type Identity, type TrackingMessage } from '../events/types';
import { isJsonObject, type JsonObject } from '../kernel';
import { cleanText } from '../profiles';
import { MESSAGE_LIMIT_BYTES } from './body';

/** Calls of Segment's spec that the engine does not use yet: taken without complaint, counted as ignored. */
const IGNORED = new Set(['page', 'screen', 'group', 'alias']);

/** With a write key, which stands in every web page, nobody may end other people's waits for a click. */
const ENGINE_EVENTS: ReadonlySet<string> = new Set(ENGAGEMENT_EVENTS);

/** A clock is called wrong beyond this; below it the difference is the way over the network, and an exact time stays exact. */
const SKEW_MS = 5_000;

export interface Parsed {
	messages: TrackingMessage[];
	/** Of each message, its index in the given batch. */
	indexes: number[];
	rejected: Array<{ index: number; reason: string }>;
	ignored: number;
}

/**
 * Messages in the shape of Segment's spec (https://segment.com/docs/connections/spec/common/) as the engine's own.
 * A wrong client clock is corrected by Segment's rule: timestamp + (received - sentAt). A time that cannot be read becomes the
 * time of arrival: a contact is worth more than its date.
 */
export function parseCalls(calls: readonly unknown[], { sentAt, receivedAtMs }: { sentAt: unknown; receivedAtMs: number }): Parsed {
	const parsed: Parsed = { messages: [], indexes: [], rejected: [], ignored: 0 };
	calls.forEach((call, index) => {
		if (isJsonObject(call) && typeof call.type === 'string' && IGNORED.has(call.type)) {
			parsed.ignored += 1;
			return;
		}
		const message = readCall(call, sentAt, receivedAtMs);
		if (typeof message === 'string') {
			parsed.rejected.push({ index, reason: message });
		} else {
			parsed.messages.push(message);
			parsed.indexes.push(index);
		}
	});
	return parsed;
}

/** A message, or why not. */
function readCall(call: unknown, batchSentAt: unknown, receivedAtMs: number): TrackingMessage | string {
	if (!isJsonObject(call)) return 'A message must be a JSON object.';
	const size = sizeOf(call);
	if (size === null) return 'The message is nested too deeply.';
	if (size > MESSAGE_LIMIT_BYTES) return `A message may have at most ${MESSAGE_LIMIT_BYTES / 1024} KB.`;
	if (call.type !== 'identify' && call.type !== 'track') return 'type must be identify or track (page, screen, group and alias are ignored).';
	const userId = idOf(call.userId);
	const anonymousId = idOf(call.anonymousId);
	const identities = externalIds(call.context);
	if (userId === undefined && anonymousId === undefined && identities.length === 0) return 'userId or anonymousId is missing.';
	// As it would be stored: "Unsubscribed" with a NUL character in it is stored without.
	const name = typeof call.event === 'string' ? cleanText(call.event).trim() : '';
	if (call.type === 'track' && ENGINE_EVENTS.has(name)) return `"${name}" is written by the engine itself when it happens. Choose another name for an event of your own.`;
	if (call.type === 'track' && name === '') return 'event, the name of the event, is missing.';
	if (!objectOrAbsent(call.properties)) return 'properties must be an object.';
	if (!objectOrAbsent(call.traits)) return 'traits must be an object.';
	const timestamp = happenedAt(call, batchSentAt, receivedAtMs);
	const messageId = idOf(call.messageId);
	return {
		type: call.type,
		...(messageId === undefined ? {} : { messageId }),
		...(userId === undefined ? {} : { userId }),
		...(anonymousId === undefined ? {} : { anonymousId }),
		...(identities.length === 0 ? {} : { identities }),
		...(timestamp === undefined ? {} : { timestamp }),
		...(call.type === 'track'
			? { event: name, properties: (call.properties as JsonObject | null | undefined) ?? {} }
			: { traits: (call.traits as JsonObject | null | undefined) ?? {} }),
	};
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
