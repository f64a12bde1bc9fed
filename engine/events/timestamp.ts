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
	const plain = fromClientText(given);
	if (plain !== null) return plain;
	const match = ISO_PATTERN.exec(given);
	if (match === null) return Number.NaN;
	const [, date = '', time = '00:00', zone = 'Z'] = match;
	return Date.parse(`${date}T${time}${zone.length === 3 ? `${zone}:00` : zone.toUpperCase()}`);
}

/** 2026-03-02T09:00:00.000Z, what every JavaScript client sends: a fifth of the time of the pattern and Date.parse. null: another form. */
function fromClientText(given: string): number | null {
	if (given.length !== 24 || given[4] !== '-' || given[7] !== '-' || given[10] !== 'T' || given[13] !== ':' || given[16] !== ':' || given[19] !== '.' || given[23] !== 'Z') return null;
	const year = digits(given, 0, 4);
	const month = digits(given, 5, 7);
	const day = digits(given, 8, 10);
	const hour = digits(given, 11, 13);
	const minute = digits(given, 14, 16);
	const second = digits(given, 17, 19);
	const milli = digits(given, 20, 23);
	// What is out of range, or may be, is left to Date.parse.
	if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23 && minute <= 59 && second <= 59 && milli >= 0)) return null;
	return Date.UTC(year, month - 1, day, hour, minute, second, milli);
}

function digits(text: string, from: number, to: number): number {
	let value = 0;
	for (let at = from; at < to; at += 1) {
		const digit = text.charCodeAt(at) - 48;
		if (digit < 0 || digit > 9) return Number.NaN;
		value = value * 10 + digit;
	}
	return value;
}
