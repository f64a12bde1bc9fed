import { instantFor, nextTime } from '../../../../engine/journeys/waits/dates';
import { slotsWithin } from '../../../../engine/journeys/waits/best-hour';
import { calendarDay, DAY_MS, everyZone, rememberOffsets, someHours, type ZoneModel } from './zone-model';

const ZONES = everyZone(400 * DAY_MS);
rememberOffsets(ZONES);
const SHOWN = 10;
const HOUR_MS = 3_600_000;

/** Nights that clocks change in, noon, and the ends of the day. */
const TIMES = [0, 30, 135, 150, 195, 720, 1439];
const WEEKDAYS = [[], [1], [6, 7], [2, 3, 4]];

/** By laying out the days: the first instant from there on at which the clocks show it. 1970-01-01 was a Thursday. */
function nextIn(model: ZoneModel, fromMs: number, minutes: number, weekdays: readonly number[]): number {
	const today = model.wallAt(fromMs).day;
	for (let day = today - 2; ; day += 1) {
		const weekday = ((((day + 3) % 7) + 7) % 7) + 1;
		const atMs = model.instantOf({ day, minutes });
		if (atMs >= fromMs && (weekdays.length === 0 || weekdays.includes(weekday))) return atMs;
	}
}

function isLeap(year: number): boolean {
	return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function dayNumber(year: number, month: number, day: number): number {
	return Date.UTC(year, month - 1, month === 2 && day === 29 && !isLeap(year) ? 28 : day) / DAY_MS;
}

const show = (atMs: number) => new Date(atMs).toISOString();

describe('waits for local times in every zone of the world over two years', () => {
	it('the next time of day on the weekdays chosen', () => {
		let asked = 0;
		const wrong = ZONES.flatMap(({ model, isFirst }, place) => {
			const errors: object[] = [];
			for (const fromMs of someHours(model, place, isFirst ? 5 : 61)) {
				const [minutes = 0, weekdays = []] = [TIMES[asked % TIMES.length], WEEKDAYS[asked % WEEKDAYS.length]];
				asked += 1;
				const [engine, expected] = [nextTime(fromMs, model.zone, minutes, weekdays), nextIn(model, fromMs, minutes, weekdays)];
				if (engine !== expected) errors.push({ zone: model.zone, from: show(fromMs), minutes, weekdays, engine: show(engine), model: show(expected) });
			}
			return errors;
		});

		expect(asked).toBeGreaterThan(35_000);
		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);

	it('the same minute by minute on the nights in which the clocks change', () => {
		let asked = 0;
		const wrong = ZONES.filter(({ isFirst }) => isFirst).flatMap(({ model }) => model.changes.slice(0, 4).flatMap((change) => {
			const errors: object[] = [];
			const moments = [change - 1, change, change + 1];
			for (let fromMs = change - 3 * HOUR_MS; fromMs <= change + 3 * HOUR_MS; fromMs += 11 * 60_000 + 13) moments.push(fromMs);
			for (const fromMs of moments) {
				for (const minutes of TIMES) {
					asked += 1;
					const [engine, expected] = [nextTime(fromMs, model.zone, minutes), nextIn(model, fromMs, minutes, [])];
					if (engine !== expected) errors.push({ zone: model.zone, from: show(fromMs), minutes, engine: show(engine), model: show(expected) });
				}
			}
			return errors;
		}));

		expect(asked).toBeGreaterThan(10_000);
		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);

	it('days before and after a date, and its return in later years, 29 February too', () => {
		let asked = 0;
		const wrong = ZONES.flatMap(({ model, isFirst }, place) => {
			const errors: object[] = [];
			for (const nowMs of someHours(model, place, isFirst ? 5 : 61)) {
				const minutes = TIMES[asked % TIMES.length] ?? 0;
				const at = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
				const amount = asked % 9;
				const direction = asked % 2 === 0 ? 'before' : 'after';
				const days = direction === 'before' ? -amount : amount;
				const born = asked % 3 === 0 ? { year: 2000, month: 2, day: 29 } : { year: 1987, month: (asked % 12) + 1, day: (asked % 28) + 1 };
				const near = model.wallAt(nowMs).day + (asked % 5);
				asked += 1;
				const rule = { at, offset: { amount, unit: 'days', direction } } as const;
				const once = [instantFor({ day: calendarDay(near), timeMs: null }, rule, model.zone, nowMs), model.instantOf({ day: near + days, minutes })];
				const yearly = [instantFor({ day: born, timeMs: null }, { ...rule, passed: 'nextYear' }, model.zone, nowMs), returns(model, born, days, minutes, nowMs)];
				for (const [engine = 0, expected = 0] of [once, yearly]) if (engine !== expected) errors.push({ zone: model.zone, now: show(nowMs), rule, born, engine: show(engine), model: show(expected) });
			}
			return errors;
		});

		expect(asked).toBeGreaterThan(25_000);
		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);

	it('the hours of the next day to choose the best of: the one that it is, and each that begins then, when the clocks there first show it', () => {
		let asked = 0;
		const wrong = ZONES.filter(({ isFirst }) => isFirst).flatMap(({ model }, place) => {
			const errors: object[] = [];
			for (const nowMs of someHours(model, place, 19)) {
				asked += 1;
				const [engine, expected] = [slotsWithin(nowMs, 24 * HOUR_MS, model.zone), hoursFrom(model, nowMs)];
				const wrongAt = Array.from({ length: Math.max(engine.length, expected.length) }, (_none, n) => n).find((n) => engine[n]?.hour !== expected[n]?.hour || engine[n]?.atMs !== expected[n]?.atMs);
				if (wrongAt !== undefined) errors.push({ zone: model.zone, now: show(nowMs), engine: engine[wrongAt], model: expected[wrongAt] });
			}
			return errors;
		});

		expect(asked).toBeGreaterThan(5_000);
		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);
});

/** The hour that it is, and all that begin within a day: of one that is skipped, the first instant after the gap. */
function hoursFrom(model: ZoneModel, nowMs: number): Array<{ hour: number; atMs: number }> {
	const { day: today, minutes } = model.wallAt(nowMs);
	const hours = [{ hour: Math.floor(minutes / 60), atMs: nowMs }];
	for (let n = -24; n < 72; n += 1) {
		const hour = ((n % 24) + 24) % 24;
		const atMs = model.instantOf({ day: today + Math.floor(n / 24), minutes: hour * 60 });
		if (atMs > nowMs && atMs <= nowMs + 24 * HOUR_MS) hours.push({ hour, atMs });
	}
	return hours;
}

function returns(model: ZoneModel, born: { month: number; day: number }, days: number, minutes: number, nowMs: number): number {
	const thisYear = new Date(nowMs).getUTCFullYear();
	for (let year = thisYear - 2; ; year += 1) {
		const atMs = model.instantOf({ day: dayNumber(year, born.month, born.day) + days, minutes });
		if (atMs >= nowMs) return atMs;
	}
}
