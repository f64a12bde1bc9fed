import { nextTurn } from '../../../../engine/journeys/entries/date-plan';
import { calendarDay, DAY_MS, everyZone, rememberOffsets, SWEEP, type ZoneModel } from './zone-model';

const ZONES = everyZone(500 * DAY_MS).filter(({ isFirst }) => isFirst);
rememberOffsets(ZONES);
const SHOWN = 10;
/** A person for every seventh day of the year, and for those without which no calendar is tested. */
const BIRTHDAYS = [...Array.from({ length: 12 * 31 }, (_, n) => ({ month: Math.floor(n / 31) + 1, day: (n % 31) + 1 })).filter((_one, n) => n % 7 === 0), { month: 2, day: 28 }, { month: 2, day: 29 }, { month: 2, day: 30 }, { month: 12, day: 31 }];

const two = (value: number): string => String(value).padStart(2, '0');

/** The first day from `today` on that is so many days beside the birthday, whose hour is still to come: day by day, without a calendar's arithmetic. */
function modelTurn(model: ZoneModel, birthday: { month: number; day: number }, offsetDays: number, minutes: number, nowMs: number): number | null {
	const today = model.wallAt(nowMs).day;
	for (let turn = today - 1; turn < today + 400; turn += 1) {
		const { month, day } = calendarDay(turn - offsetDays);
		const moved = birthday.month === 2 && birthday.day === 29 && month === 2 && day === 28 && calendarDay(turn - offsetDays + 1).month === 3;
		if ((month === birthday.month && day === birthday.day) || moved) {
			const atMs = model.instantOf({ day: turn, minutes });
			if (atMs > nowMs) return atMs;
		}
	}
	return null;
}

describe('turns by date in every zone of the world', () => {
	it('come at that hour of the day there, on the day or beside it, every year, whatever the birthday', () => {
		let asked = 0;
		const wrong = ZONES.flatMap(({ model }) => {
			const found: object[] = [];
			for (let nowMs = SWEEP.fromMs; nowMs < SWEEP.untilMs; nowMs += 61 * DAY_MS + 5_000_000) {
				for (const { month, day } of BIRTHDAYS) {
					asked += 1;
					const [offsetDays, minutes] = [[0, -3, 40][asked % 3] ?? 0, [150, 540, 1435][asked % 5] ?? 0];
					const entry = { kind: 'date' as const, attribute: 'born', yearly: true, offsetDays, at: `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}` };
					const turn = nextTurn(entry, { attributes: { born: `1988-${two(month)}-${two(day)}` }, zone: model.zone }, { day: null, done_day: null }, nowMs);
					const expected = modelTurn(model, { month, day }, offsetDays, minutes, nowMs);
					if ((turn?.atMs ?? null) !== expected) found.push({ zone: model.zone, now: new Date(nowMs).toISOString(), month, day, offsetDays, minutes, engine: turn?.atMs, expected });
				}
			}
			return found;
		});

		expect(asked).toBeGreaterThan(20_000);
		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);
});
