import { EARLIEST_MS, epochMs, LATEST_MS, type JsonObject } from '../kernel';

/** A clock is called wrong beyond this; below it the difference is the way over the network, and an exact time stays exact. */
const SKEW_MS = 5_000;

/**
 * When a call happened, in UTC milliseconds, by Segment's rule for a wrong client clock: timestamp + (received - sentAt)
 * (https://segment.com/docs/connections/spec/common/#timestamps). undefined: a time that cannot be read becomes the time of arrival,
 * since a contact is worth more than its date.
 */
export function happenedAt(call: JsonObject, batchSentAt: unknown, receivedAtMs: number): number | undefined {
	const stated = timeOf(call.timestamp) ?? timeOf(call.originalTimestamp);
	if (stated === undefined) return undefined;
	const sentAtMs = timeOf(batchSentAt) ?? timeOf(call.sentAt);
	const skewMs = sentAtMs === undefined ? 0 : receivedAtMs - sentAtMs;
	if (Math.abs(skewMs) <= SKEW_MS) return stated;
	const corrected = stated + skewMs;
	return corrected >= EARLIEST_MS ? corrected : undefined;
}

/** A time without a zone is UTC; Date.parse alone would take the server's own zone. A number may come as text. */
function timeOf(given: unknown): number | undefined {
	const value = typeof given === 'string' && /^\d{10,16}$/.test(given) ? Number(given) : given;
	if (typeof value === 'number') return epochMs(value);
	const ms = typeof value === 'string' ? Date.parse(/[T ][\d:.]+$/.test(value) ? `${value}Z` : value) : NaN;
	// Later is a clock gone wrong, and so no help in correcting another.
	return ms >= EARLIEST_MS && ms < LATEST_MS ? ms : undefined;
}
