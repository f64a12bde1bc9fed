import { dayAfter, dayAt, instantOf } from '../../../../engine/kernel/local-time';
import { calendarDay, everyHour, everyZone, rememberOffsets, type ZoneModel } from './zone-model';

const ZONES = everyZone();
rememberOffsets(ZONES);
const HALF_A_DAY_MS = 43_200_000;
/** Waits ask for times of the day; not all of them are full hours. */
const MINUTES_PAST = [0, 15, 30, 45, 59];
const SHOWN = 10;

interface Wrong {
	zone: string;
	at: string;
	engine: string;
	model: string;
}

function wrong(model: ZoneModel, at: string, engine: number | string, expected: number | string): Wrong[] {
	const text = (value: number | string) => (typeof value === 'number' ? new Date(value).toISOString() : value);
	return engine === expected ? [] : [{ zone: model.zone, at, engine: text(engine), model: text(expected) }];
}

describe('local times in every zone of the world over two years', () => {
	it('knows all zones, of which some dozens differ in what their clocks do', () => {
		expect(ZONES.length).toBeGreaterThan(400);
		expect(ZONES.filter(({ isFirst }) => isFirst).length).toBeGreaterThan(40);
		expect(ZONES.filter(({ model }) => model.changes.length > 0).length).toBeGreaterThan(100);
	});

	it('the instant of a local time is the first at which the clocks show it, or at which they jump over it', () => {
		let asked = 0;
		const found = ZONES.flatMap(({ model }) => {
			const errors: Wrong[] = [];
			for (const atMs of everyHour()) {
				const { day, minutes } = model.wallAt(atMs);
				const time = Math.floor(minutes / 60) * 60 + (MINUTES_PAST[asked % MINUTES_PAST.length] ?? 0);
				asked += 1;
				const [engine, expected] = [instantOf(calendarDay(day), time, model.zone), model.instantOf({ day, minutes: time })];
				if (engine !== expected) errors.push(...wrong(model, `day ${day}, minute ${time}`, engine, expected));
			}
			return errors;
		});

		expect(asked).toBeGreaterThan(7_000_000);
		expect(found.slice(0, SHOWN)).toEqual([]);
	}, 240_000);

	it('the same minute by minute on the days on which the clocks change, the hours that come twice and those that do not come', () => {
		const found = ZONES.filter(({ isFirst }) => isFirst).flatMap(({ model }) => model.changes.flatMap((change) => {
			const errors: Wrong[] = [];
			for (const day of new Set([change - 1, change].map((atMs) => model.wallAt(atMs).day))) {
				for (let minutes = 0; minutes < 24 * 60; minutes += 1) errors.push(...wrong(model, `day ${day}, minute ${minutes}`, instantOf(calendarDay(day), minutes, model.zone), model.instantOf({ day, minutes })));
			}
			return errors;
		}));

		expect(found.slice(0, SHOWN)).toEqual([]);
	}, 120_000);

	it('the day that it is somewhere begins and ends when the clocks there say so', () => {
		const found = ZONES.flatMap(({ model }) => {
			const errors: Wrong[] = [];
			for (const begins of daysOf(model)) {
				for (const atMs of [begins - 1, begins, begins + HALF_A_DAY_MS]) errors.push(...wrong(model, new Date(atMs).toISOString(), JSON.stringify(dayAt(atMs, model.zone)), JSON.stringify(calendarDay(model.wallAt(atMs).day))));
			}
			return errors;
		});

		expect(found.slice(0, SHOWN)).toEqual([]);
	}, 120_000);

	it('the day after is the next one of the calendar, over the ends of months and 29 February', () => {
		for (let day = 19_000; day < 21_000; day += 1) expect(dayAfter(calendarDay(day), 1)).toEqual(calendarDay(day + 1));
		expect(dayAfter({ year: 2024, month: 2, day: 28 }, 1)).toEqual({ year: 2024, month: 2, day: 29 });
		expect(dayAfter({ year: 2024, month: 3, day: 1 }, -1)).toEqual({ year: 2024, month: 2, day: 29 });
	});
});

/** The instant at which each day of the sweep begins there. */
function* daysOf(model: ZoneModel): Generator<number> {
	for (let day = 19_540; day < 20_260; day += 1) yield model.instantOf({ day, minutes: 0 });
}
