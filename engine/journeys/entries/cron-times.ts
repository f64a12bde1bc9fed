import { CronTime } from 'cron';

import { clocksAt, dayAt, instantOf, timeAt } from '../../kernel/local-time';

const MINUTE_MS = 60_000;

/*
 * The library that n8n ships reads cron expressions. It is asked in UTC alone, where no clock jumps, for the times that clocks are to show; when those of a zone do
 * is worked out here. Asked in a zone (4.4.0), it gives 02:30 twice in the night in which New York puts its clocks back, midnight twice in Santiago, Beirut and
 * Cairo, and one and the same time for ever for every 20 minutes in Lord Howe or Chatham.
 */

/** What is wrong with a cron expression of five fields (minute, hour, day, month, weekday); null: nothing. */
export function cronProblem(expression: string): 'unreadable' | 'never' | null {
	if (fieldsOf(expression).length !== 5 || !CronTime.validateCronExpression(expression).valid) return 'unreadable';
	try {
		nextShown(new CronTime(expression, 'UTC'), 0);
		return null;
	} catch {
		// It looks for eight years, and throws: 30 February.
		return 'never';
	}
}

/**
 * The next time after an instant, in a zone. Times of day are those that clocks show, each once: one that they skip is the first instant after the gap, one that comes twice its
 * first. With every hour (`*`) it is each hour that there is, also the second of two and none that is skipped.
 */
export function nextCron(expression: string, zone: string, afterMs: number): number {
	const cron = new CronTime(expression, 'UTC');
	return fieldsOf(expression)[1] === '*' ? nextInAnyHour(cron, zone, afterMs) : nextByClock(cron, zone, afterMs);
}

function nextByClock(cron: CronTime, zone: string, afterMs: number): number {
	let shown = clocksAt(afterMs, zone);
	for (;;) {
		shown = nextShown(cron, shown);
		const atMs = instantOf(dayAt(shown, 'UTC'), Math.floor(timeAt(shown, 'UTC') / MINUTE_MS), zone);
		// Behind a change back the clocks show again what was before it.
		if (atMs > afterMs) return atMs;
	}
}

function nextInAnyHour(cron: CronTime, zone: string, afterMs: number): number {
	const aheadAt = (atMs: number): number => clocksAt(atMs, zone) - atMs;
	let from = afterMs;
	let ahead = aheadAt(from);
	for (;;) {
		const atMs = nextShown(cron, from + ahead) - ahead;
		if (aheadAt(atMs) === ahead) return atMs;
		// The clocks are changed in between: from there on it goes by what they show then.
		let [low, high] = [from, atMs];
		while (high - low > 1) {
			const middle = Math.floor((low + high) / 2);
			if (aheadAt(middle) === ahead) low = middle;
			else high = middle;
		}
		from = high - 1;
		ahead = aheadAt(high);
	}
}

/** What clocks show, as milliseconds since they showed 1970. */
function nextShown(cron: CronTime, after: number): number {
	return cron.getNextDateFrom(new Date(after), 'UTC').toMillis();
}

function fieldsOf(expression: string): string[] {
	return expression.trim().split(/\s+/);
}
