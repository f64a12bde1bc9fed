/** An event older than this on arrival is historical: it counts, but starts no journey. */
export const lateAfterMs = 24 * 60 * 60 * 1000;

const ISO_PATTERN = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;
/** 1973 in milliseconds, far in the future in seconds: a smaller number is almost surely seconds. */
const SMALLEST_MS = 100_000_000_000;

/**
 * When something happened, in UTC milliseconds: ISO 8601 (UTC where no zone is given) or milliseconds.
 * A time after `receivedAtMs` is a clock that is wrong and becomes the time of receipt. null: not a timestamp.
 */
export function readTimestamp(given: unknown, receivedAtMs: number): number | null {
	if (given === undefined || given === null || given === '') return receivedAtMs;
	const ms = typeof given === 'number' ? fromNumber(given) : typeof given === 'string' ? fromText(given.trim()) : given instanceof Date ? given.getTime() : Number.NaN;
	return Number.isNaN(ms) ? null : Math.min(ms, receivedAtMs);
}

function fromNumber(given: number): number {
	return given >= SMALLEST_MS && given < 8.64e15 ? Math.floor(given) : Number.NaN;
}

function fromText(given: string): number {
	if (/^\d{12,16}$/.test(given)) return fromNumber(Number(given));
	// What every JavaScript client sends; a third of the pattern's time.
	if (given.length === 24 && given[4] === '-' && given[7] === '-' && given[10] === 'T' && given[23] === 'Z') return Date.parse(given);
	const match = ISO_PATTERN.exec(given);
	if (match === null) return Number.NaN;
	const [, date = '', time = '00:00', zone = 'Z'] = match;
	return Date.parse(`${date}T${time}${zone.length === 3 ? `${zone}:00` : zone.toUpperCase()}`);
}
