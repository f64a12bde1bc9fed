/** 1973 in milliseconds; a number below it and above 2001 in seconds is one in seconds, as some back ends send it. */
export const EARLIEST_MS = 100_000_000_000;
const EARLIEST_SECONDS = 1_000_000_000;
/** The year 2200. */
export const LATEST_MS = 7_258_118_400_000;

/**
 * The one rule for a number that is a time since 1970 of unknown unit, in UTC milliseconds: milliseconds, or seconds where these lie
 * after 2001. undefined: neither, by any sense.
 */
export function epochMs(given: number): number | undefined {
	if (given >= EARLIEST_SECONDS && given < EARLIEST_MS) return given * 1000;
	return given >= EARLIEST_MS && given < LATEST_MS ? given : undefined;
}
