import { checkBlackoutDate, clockMinutes, instantOf } from '../../../engine/kernel/local-time';
import { silentAt } from '../../../engine/messages/quiet-hours';

const NIGHT = { quietHours: { from: '21:00', to: '08:00' }, blackoutDates: [] };
const at = (iso: string) => Date.parse(iso);
const until = (iso: string, zone: string, silence: Parameters<typeof silentAt>[2] = NIGHT) => {
	const silent = silentAt(at(iso), zone, silence);
	return silent === null ? null : new Date(silent.untilMs).toISOString();
};

describe('the instant of a local time', () => {
	it.each([
		['an ordinary time', { year: 2026, month: 6, day: 1 }, '08:00', 'Europe/Berlin', '2026-06-01T06:00:00.000Z'],
		['one that the clocks skip: the first instant after the gap', { year: 2026, month: 3, day: 29 }, '02:30', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
		['the first minute of the gap', { year: 2026, month: 3, day: 29 }, '02:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
		['the last minute before the gap', { year: 2026, month: 3, day: 29 }, '01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
		['one that comes twice: the first of both', { year: 2026, month: 10, day: 25 }, '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
		['a doubled one west of Greenwich', { year: 2026, month: 11, day: 1 }, '01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
		['a skipped midnight', { year: 2026, month: 4, day: 24 }, '00:00', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
		['half an hour of summer time', { year: 2026, month: 10, day: 4 }, '02:15', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z'],
		['a day that a country left out', { year: 2011, month: 12, day: 30 }, '12:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
	])('%s', (_title, day, time, zone, expected) => {
		expect(new Date(instantOf(day, clockMinutes(time) ?? -1, zone)).toISOString()).toBe(expected);
	});
});

describe('quiet hours and blackout dates', () => {
	it('hold from their first to before their last instant, in the zone of the person', () => {
		expect(until('2026-06-01T18:59:59.999Z', 'Europe/Berlin')).toBeNull();
		expect(until('2026-06-01T19:00:00Z', 'Europe/Berlin')).toBe('2026-06-02T06:00:00.000Z');
		expect(until('2026-06-02T05:59:59.999Z', 'Europe/Berlin')).toBe('2026-06-02T06:00:00.000Z');
		expect(until('2026-06-02T06:00:00Z', 'Europe/Berlin')).toBeNull();
		expect(until('2026-06-02T06:00:00Z', 'America/New_York')).toBe('2026-06-02T12:00:00.000Z');
		expect(until('2026-06-02T06:00:00Z', 'Asia/Seoul')).toBeNull();
	});

	it('may lie within one day', () => {
		const siesta = { quietHours: { from: '13:00', to: '15:30' }, blackoutDates: [] };
		expect(until('2026-06-01T12:59:00Z', 'UTC', siesta)).toBeNull();
		expect(until('2026-06-01T14:00:00Z', 'UTC', siesta)).toBe('2026-06-01T15:30:00.000Z');
		expect(until('2026-06-01T23:00:00Z', 'UTC', siesta)).toBeNull();
	});

	it('of a night with a change of the clocks end when the clock shows it, the hour that comes twice being quiet once', () => {
		const early = { quietHours: { from: '21:00', to: '02:30' }, blackoutDates: [] };
		expect(until('2026-03-28T22:00:00Z', 'Europe/Berlin', early)).toBe('2026-03-29T01:00:00.000Z');
		expect(until('2026-10-25T00:29:00Z', 'Europe/Berlin', early)).toBe('2026-10-25T00:30:00.000Z');
		expect(until('2026-10-25T01:10:00Z', 'Europe/Berlin', early)).toBeNull();
		expect(until('2026-10-24T20:00:00Z', 'Europe/Berlin')).toBe('2026-10-25T07:00:00.000Z');
	});

	it('a blackout date lasts the local day and runs on into the night, once or every year', () => {
		const christmas = { ...NIGHT, blackoutDates: [{ date: '12-25', name: 'Christmas' }] };
		expect(until('2026-12-24T20:00:00Z', 'Europe/Berlin', christmas)).toBe('2026-12-26T07:00:00.000Z');
		expect(until('2029-12-25T10:00:00Z', 'Europe/Berlin', christmas)).toBe('2029-12-26T07:00:00.000Z');
		expect(silentAt(at('2026-12-25T10:00:00Z'), 'Europe/Berlin', christmas)).toMatchObject({ guard: 'blackout date', reason: 'blackout date 12-25 (Christmas)' });
		const once = { quietHours: null, blackoutDates: [{ date: '2026-12-25' }] };
		expect(until('2026-12-25T10:00:00Z', 'UTC', once)).toBe('2026-12-26T00:00:00.000Z');
		expect(until('2027-12-25T10:00:00Z', 'UTC', once)).toBeNull();
		// It is 25 December in Kiribati already.
		expect(until('2026-12-24T11:00:00Z', 'Pacific/Kiritimati', once)).toBe('2026-12-25T10:00:00.000Z');
	});

	it('every day blacked out ends all the same', () => {
		const never = { quietHours: null, blackoutDates: Array.from({ length: 12 }, (_, month) => Array.from({ length: 31 }, (_unused, day) => ({ date: `${String(month + 1).padStart(2, '0')}-${String(day + 1).padStart(2, '0')}` }))).flat() };
		expect(silentAt(at('2026-06-01T12:00:00Z'), 'UTC', never)?.untilMs).toBeGreaterThan(at('2028-01-01T00:00:00Z'));
	});

	it('knows days of the calendar', () => {
		expect(['12-25', '02-29', '2028-02-29'].map(checkBlackoutDate)).toEqual([true, true, true]);
		expect(['2027-02-29', '13-01', '25.12.', '2027-1-1', ''].map(checkBlackoutDate)).toEqual([false, false, false, false, false]);
	});
});
