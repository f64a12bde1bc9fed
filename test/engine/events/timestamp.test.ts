import { readTimestamp } from '../../../engine/events/timestamp';
import { DATABASES, TEST_START_MS } from '../databases';
import { allEvents, openWorld } from './fixture';

describe('the time of an event', () => {
	it.each<[string, unknown, number]>([
		['milliseconds', TEST_START_MS - 1000, TEST_START_MS - 1000],
		['milliseconds with a fraction', TEST_START_MS - 999.5, TEST_START_MS - 1000],
		['milliseconds as text', String(TEST_START_MS - 1000), TEST_START_MS - 1000],
		['the first millisecond that is not taken for seconds', 100_000_000_000, 100_000_000_000],
		['ISO 8601', '1999-12-31T23:59:59.999Z', 946_684_799_999],
		['a year before 1970', '1912-06-23T00:00:00Z', Date.UTC(1912, 5, 23)],
		['29 February of a leap year', '2024-02-29T00:00:00.000Z', Date.UTC(2024, 1, 29)],
		['microseconds: a clock far ahead, so the time of receipt', TEST_START_MS * 1000, TEST_START_MS],
		['the year 9999: the time of receipt', '9999-12-31T23:59:59.999Z', TEST_START_MS],
		['nothing: the time of receipt', '', TEST_START_MS],
	])('may be given as %s', (_what, given, expected) => {
		expect(readTimestamp(given, TEST_START_MS)).toBe(expected);
	});

	it.each<[string, unknown]>([
		['seconds', TEST_START_MS / 1000],
		['seconds as text', String(TEST_START_MS / 1000)],
		['the last number taken for seconds', 99_999_999_999],
		['zero', 0],
		['a number below zero', -TEST_START_MS],
		['more than a date can hold', 8.64e15],
		['infinity', Number.POSITIVE_INFINITY],
		['no number', Number.NaN],
		['a month that does not exist', '2026-13-01T00:00:00.000Z'],
		['an hour that does not exist', '2026-03-02T25:00:00.000Z'],
		['a year of five digits', '20260-03-02T09:00:00Z'],
		['an American date', '03/02/2026'],
		['a word', 'yesterday'],
		['an object', { at: TEST_START_MS }],
		['a date that is none', new Date(Number.NaN)],
	])('is not read from %s', (_what, given) => {
		expect(readTimestamp(given, TEST_START_MS)).toBeNull();
	});
});

describe.each(DATABASES)('a call with odd times on %s', (kind) => {
	it('refuses seconds and absurd years one by one with what to send instead, and takes the others', async () => {
		const world = await openWorld(kind);
		const track = (event: string, timestamp: unknown) => ({ type: 'track' as const, userId: 'u1', event, timestamp: timestamp as number });

		const report = await world.events.ingest(
			[track('right', TEST_START_MS - 1), track('seconds', TEST_START_MS / 1000), track('absurd', 1e16), track('ahead', '9999-01-01T00:00:00Z')],
			{ source: 'shop' },
		);

		const reason = 'The timestamp is neither ISO 8601 (2026-03-02T09:00:00Z) nor milliseconds since 1970.';
		expect(report).toMatchObject({ accepted: 2, rejected: [{ index: 1, reason }, { index: 2, reason }] });
		expect((await world.rows(allEvents)).map(({ name, occurred_at }) => [name, occurred_at - TEST_START_MS])).toEqual([['right', -1], ['ahead', 0]]);
		await world.close();
	});
});
