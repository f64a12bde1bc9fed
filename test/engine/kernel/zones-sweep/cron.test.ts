import { cronProblem, nextCron } from '../../../../engine/journeys/entries/cron-times';
import { DAY_MS, everyZone, rememberOffsets, type ZoneModel } from './zone-model';

const ZONES = everyZone(20 * DAY_MS).filter(({ isFirst }) => isFirst);
rememberOffsets(ZONES);
const SHOWN = 10;
const MINUTE_MS = 60_000;

/** Expressions, and the same as a test on what a clock shows: minute of the day, and 1 Monday to 7 Sunday. */
const BY_CLOCK: Array<[expression: string, shows: (minutes: number, weekday: number) => boolean]> = [
	['30 2 * * *', (minutes) => minutes === 150],
	['0 0 * * *', (minutes) => minutes === 0],
	['*/20 1-3 * * 0,1', (minutes, weekday) => minutes % 20 === 0 && minutes >= 60 && minutes < 240 && (weekday === 7 || weekday === 1)],
	['45 */2 * * *', (minutes) => minutes % 120 === 45],
];
const IN_ANY_HOUR: typeof BY_CLOCK = [
	['*/20 * * * *', (minutes) => minutes % 20 === 0],
	['15 * * * 1-6', (minutes, weekday) => minutes % 60 === 15 && weekday < 7],
];

const weekdayOf = (day: number): number => ((day + 3) % 7) + 1;

/** Day by day and minute by minute: when clocks show it first, or jump over it. */
function shownBetween(model: ZoneModel, shows: (minutes: number, weekday: number) => boolean, fromMs: number, untilMs: number): number[] {
	const found = new Set<number>();
	for (let { day } = model.wallAt(fromMs - DAY_MS); day <= model.wallAt(untilMs).day; day += 1) {
		for (let minutes = 0; minutes < 1440; minutes += 5) if (shows(minutes, weekdayOf(day))) found.add(model.instantOf({ day, minutes }));
	}
	return [...found].filter((at) => at > fromMs && at <= untilMs).sort((a, b) => a - b);
}

/** Every five minutes that there really are: whether clocks show it then. */
function inHours(model: ZoneModel, shows: (minutes: number, weekday: number) => boolean, fromMs: number, untilMs: number): number[] {
	const found: number[] = [];
	for (let at = fromMs + 5 * MINUTE_MS; at <= untilMs; at += 5 * MINUTE_MS) {
		const { day, minutes } = model.wallAt(at);
		if (shows(minutes, weekdayOf(day))) found.push(at);
	}
	return found;
}

function byEngine(expression: string, zone: string, fromMs: number, untilMs: number): number[] {
	const found: number[] = [];
	for (let at = nextCron(expression, zone, fromMs); at <= untilMs; at = nextCron(expression, zone, at)) {
		found.push(at);
		if (found.length > 1000) break;
	}
	return found;
}

describe('times of a cron expression in every zone of the world', () => {
	it('come once for each time that clocks show, where they are changed too; each hour, every hour that there is', () => {
		let asked = 0;
		const wrong = ZONES.flatMap(({ model }) => model.changes.slice(0, 2).flatMap((change) => {
			const [fromMs, untilMs] = [change - DAY_MS, change + DAY_MS];
			return [...BY_CLOCK.map((one) => [...one, shownBetween] as const), ...IN_ANY_HOUR.map((one) => [...one, inHours] as const)].flatMap(([expression, shows, model2]) => {
				asked += 1;
				const [engine, expected] = [byEngine(expression, model.zone, fromMs, untilMs), model2(model, shows, fromMs, untilMs)];
				const iso = (times: number[]): string[] => times.map((at) => new Date(at).toISOString());
				return JSON.stringify(engine) === JSON.stringify(expected) ? [] : [{ zone: model.zone, expression, engine: iso(engine), expected: iso(expected) }];
			});
		}));

		expect(asked).toBeGreaterThan(300);
		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);

	it.each([['0 9 30 2 *', 'never'], ['0 9 31 4,6,9,11 *', 'never'], ['0 9 29 2 *', null], ['0 9 * *', 'unreadable'], ['0 9 * * 1 *', 'unreadable'], ['61 9 * * *', 'unreadable'], ['0 9 * * 1-5', null]])('of "%s" are said to be %s', (expression, problem) => {
		expect(cronProblem(expression)).toBe(problem);
	});

	it('of 29 February are those of the years that have one', () => {
		expect(new Date(nextCron('0 9 29 2 *', 'Europe/Berlin', Date.UTC(2026, 0, 1))).toISOString()).toBe('2028-02-29T08:00:00.000Z');
	});
});
