import { silentAt, type Silence } from '../../../../engine/messages/quiet-hours';
import { calendarDay, everyZone, rememberOffsets, someHours, type ZoneModel } from './zone-model';

const ZONES = everyZone();
rememberOffsets(ZONES);
const SHOWN = 10;
const DOUBLED = { from: '21:00', to: '02:30' };

/** A night as most have it, one that ends in the hour that clocks skip and repeat, one within the day, and a holiday on a leap day. */
const SILENCES: Record<string, Silence> = {
	night: { quietHours: { from: '21:00', to: '08:00' }, blackoutDates: [] },
	'ends in the change': { quietHours: DOUBLED, blackoutDates: [] },
	siesta: { quietHours: { from: '01:15', to: '03:00' }, blackoutDates: [] },
	holiday: { quietHours: { from: '22:30', to: '07:45' }, blackoutDates: [{ date: '02-29' }, { date: '2024-03-31' }, { date: '12-25' }] },
};

/** Nights and holidays as plain stretches of instants, laid out day by day, and joined where they touch. */
function silentStretches(model: ZoneModel, { quietHours, blackoutDates }: Silence): Array<[from: number, until: number]> {
	const minutesOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
	const found: Array<[number, number]> = [];
	for (let day = 19_535; day < 20_275; day += 1) {
		if (quietHours !== null) {
			const [from, to] = [minutesOf(quietHours.from), minutesOf(quietHours.to)];
			found.push([model.instantOf({ day, minutes: from }), model.instantOf({ day: from > to ? day + 1 : day, minutes: to })]);
		}
		const { year, month, day: number } = calendarDay(day);
		const date = `${String(month).padStart(2, '0')}-${String(number).padStart(2, '0')}`;
		if (blackoutDates.some((one) => one.date === date || one.date === `${year}-${date}`)) found.push([model.instantOf({ day, minutes: 0 }), model.instantOf({ day: day + 1, minutes: 0 })]);
	}
	const joined: Array<[number, number]> = [];
	for (const [from, until] of found.filter(([begin, end]) => begin < end).sort(([a], [b]) => a - b)) {
		const last = joined.at(-1);
		if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], until);
		else joined.push([from, until]);
	}
	return joined;
}

describe('quiet hours in every zone of the world over two years', () => {
	it.each(Object.entries(SILENCES))('%s: nothing leaves in them, and they end when the clocks there show it', (name, silence) => {
		let asked = 0;
		const wrong = ZONES.flatMap(({ model, isFirst }, place) => {
			const stretches = silentStretches(model, silence);
			let next = 0;
			const errors: object[] = [];
			// Of the usual night one hour of every day in every zone, and each around the changes of its clocks; of the others less where a zone does
			// as another does. All hours of all days would take many minutes, and a night is a stretch between two instants of local-times.test.ts.
			const hours = someHours(model, place, isFirst || name === 'night' ? 1 : 7);
			for (const atMs of hours) {
				while (next < stretches.length && (stretches[next]?.[1] ?? 0) <= atMs) next += 1;
				const [from = Infinity, until = Infinity] = stretches[next] ?? [];
				const expected = from <= atMs ? until : null;
				const engine = silentAt(atMs, model.zone, silence)?.untilMs ?? null;
				asked += 1;
				if (engine !== expected) errors.push({ zone: model.zone, at: new Date(atMs).toISOString(), engine: iso(engine), model: iso(expected) });
			}
			return errors;
		});

		expect(asked).toBeGreaterThan(100_000);
		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 300_000);
});

function iso(atMs: number | null): string | null {
	return atMs === null ? null : new Date(atMs).toISOString();
}
