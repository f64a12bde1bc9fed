import { DateTime } from 'luxon';

import { EngineError } from '../kernel';

const DAY_MS = 86_400_000;

/**
 * From (included) and to (excluded) in UTC milliseconds. A date alone is the whole day in UTC, so as `to` it includes that day;
 * a time without an offset is UTC. Throws RULE_INVALID.
 */
export function readBetween(between: { from?: string; to?: string }, event: string): { fromMs: number | null; toMs: number | null } {
	const fromMs = between.from === undefined ? null : read(between.from, 'from', event, 0);
	const toMs = between.to === undefined ? null : read(between.to, 'to', event, DAY_MS);
	if (fromMs === null && toMs === null) throw new EngineError('RULE_INVALID', `"between" of "${event}" needs a date: "from", "to" or both.`);
	if (fromMs !== null && toMs !== null && fromMs >= toMs) throw new EngineError('RULE_INVALID', `"between" of "${event}" ends before it begins.`);
	return { fromMs, toMs };
}

function read(text: unknown, key: string, event: string, dayMs: number): number {
	const date = typeof text === 'string' ? DateTime.fromISO(text, { zone: 'utc' }) : null;
	if (date === null || !date.isValid || !/^\d{4}-\d{2}-\d{2}/.test(String(text))) {
		throw new EngineError('RULE_INVALID', `"${key}" of "between" of "${event}" is not a date: write 2026-03-01, or 2026-03-01T09:30:00+01:00.`);
	}
	return date.toMillis() + (/^\d{4}-\d{2}-\d{2}$/.test(String(text)) ? dayMs : 0);
}
