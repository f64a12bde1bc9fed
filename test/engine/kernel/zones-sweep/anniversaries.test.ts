import { anniversaryChangeSql, anniversarySql } from '../../../../engine/segments/anniversary-sql';
import type { AnniversaryRule } from '../../../../engine/segments/types';
import { createCompiler } from '../../../../engine/store/compile';
import { sqliteDialect } from '../../../../engine/store/dialect';
import { calendarDay, DAY_MS, everyZone, rememberOffsets, SWEEP, type ZoneModel } from './zone-model';

const YEAR_MS = 366 * DAY_MS;
const ZONES = everyZone(3 * YEAR_MS);
rememberOffsets(ZONES);
const SHOWN = 10;
const BIRTHDAYS = Array.from({ length: 12 * 31 }, (_, n) => ({ month: Math.floor(n / 31) + 1, day: (n % 31) + 1 }));
/** Days without which no calendar is tested. */
const TURNS = ['2023-12-31', '2024-01-01', '2024-02-28', '2024-02-29', '2024-03-01', '2025-02-28', '2025-03-01'].map((text) => Date.parse(text) / DAY_MS);

const compile = createCompiler('sqlite');

/** What the engine's SQL would look up for a person of each birthday: it holds now, and when that changes. */
function engineAt(nowMs: number, rule: AnniversaryRule): Array<{ holds: boolean; changesAt: number }> {
	const asked = { dialect: sqliteDialect, nowMs, alias: 'p' } as Parameters<typeof anniversarySql>[0];
	const table = (query: Parameters<typeof compile>[0]) => compile(query).parameters.find((value): value is string => typeof value === 'string' && value.length >= BIRTHDAYS.length && /^\d+$/.test(value)) ?? '';
	const [holds, changes] = [table(anniversarySql(asked, rule)), table(anniversaryChangeSql(asked, rule))];
	const width = changes.length / BIRTHDAYS.length;
	return BIRTHDAYS.map((_birthday, n) => ({ holds: holds[n] === '1', changesAt: Number(changes.slice(n * width, (n + 1) * width)) }));
}

/** On which days of these years each birthday is celebrated: 29 February on the 28th where there is none; 31 April never. */
function feastsFrom(firstDay: number, lastDay: number): Map<string, number[]> {
	const feasts = new Map<string, number[]>();
	const add = (month: number, day: number, at: number) => feasts.set(`${month}-${day}`, [...(feasts.get(`${month}-${day}`) ?? []), at]);
	for (let at = firstDay; at <= lastDay; at += 1) {
		const { month, day } = calendarDay(at);
		add(month, day, at);
		if (month === 2 && day === 28 && calendarDay(at + 1).month === 3) add(2, 29, at);
	}
	return feasts;
}

const FEASTS = feastsFrom(SWEEP.fromMs / DAY_MS - 400, SWEEP.untilMs / DAY_MS + 1_000);

function modelAt(model: ZoneModel, nowMs: number, { inDays = 0, forDays = 1 }: AnniversaryRule): Array<{ holds: boolean; changesAt: number }> {
	const today = model.wallAt(nowMs).day;
	return BIRTHDAYS.map(({ month, day }) => {
		const starts = (FEASTS.get(`${month}-${day}`) ?? []).map((feast) => feast - inDays);
		const running = starts.find((start) => start <= today && today < start + forDays);
		const next = running === undefined ? starts.find((start) => start > today) : running + forDays;
		return { holds: running !== undefined, changesAt: next === undefined ? 0 : model.instantOf({ day: next, minutes: 0 }) };
	});
}

function differences(model: ZoneModel, nowMs: number, rule: AnniversaryRule): object[] {
	const [engine, expected] = [engineAt(nowMs, rule), modelAt(model, nowMs, rule)];
	return BIRTHDAYS.flatMap((birthday, n) => (JSON.stringify(engine[n]) === JSON.stringify(expected[n]) ? [] : [{ zone: model.zone, at: new Date(nowMs).toISOString(), birthday, engine: engine[n], model: expected[n] }]));
}

describe('anniversaries in every zone of the world', () => {
	it('begin and end with the day there, whatever the birthday: the table of one moment tells of every day of a year', () => {
		const wrong = ZONES.flatMap(({ model }) => [Date.UTC(2023, 6, 1, 12), Date.UTC(2024, 2, 1, 3)].flatMap((nowMs) => differences(model, nowMs, { anniversary: 'born', zone: model.zone })));

		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);

	it.each([
		['on the day itself', {}],
		['from a week before, for ten days', { inDays: 7, forDays: 10 }],
		['from three days after', { inDays: -3 }],
	])('%s: hour by hour around leap days, turns of the year and changes of the clocks', (_when, rule) => {
		const wrong = ZONES.filter(({ isFirst }) => isFirst).flatMap(({ model }) => {
			const moments = [...TURNS.map((day) => model.instantOf({ day, minutes: 0 })), ...model.changes.slice(0, 2)].flatMap((atMs) => [-1, 0, 1, 3_600_000 * 5].map((by) => atMs + by));
			return moments.flatMap((nowMs) => differences(model, nowMs, { anniversary: 'born', zone: model.zone, ...rule }));
		});

		expect(wrong.slice(0, SHOWN)).toEqual([]);
	}, 240_000);
});
