import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { DATABASES, TEST_START_MS } from '../databases';
import { answered, configured, post, startParts, storedEvents, type Parts } from './parts';

const NOW_S = TEST_START_MS / 1000;
const HOUR_S = 3600;
const year = (n: number): string => new Date(Date.UTC(n, 0, 1)).toISOString();

describe.each(DATABASES)('odd times sent to the collector on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	/** Minutes from the time of arrival, as stored. */
	async function storedFor(message: object, sentAt?: unknown): Promise<{ answer: unknown; minutes: number[] }> {
		const response = await parts.collector.handle(post('batch', { sentAt, batch: [{ type: 'track', userId: 'u1', event: 'A', ...message }] }));
		return { answer: answered(response), minutes: (await storedEvents(parts.store)).map(({ occurred_at }) => (occurred_at - TEST_START_MS) / 60_000) };
	}

	it.each<[string, object, unknown, number]>([
		['seconds are taken as seconds', { timestamp: NOW_S - HOUR_S }, undefined, -60],
		['seconds with a fraction as well', { timestamp: NOW_S - HOUR_S + 0.5 }, undefined, -60 + 0.5 / 60],
		['a wrong clock that counts in seconds is corrected', { timestamp: NOW_S + 9 * HOUR_S }, NOW_S + 10 * HOUR_S, -60],
		['seconds as text as well', { timestamp: String(NOW_S - HOUR_S) }, undefined, -60],
		['milliseconds as text', { timestamp: String(TEST_START_MS - 60_000) }, undefined, -1],
		['milliseconds stay', { timestamp: TEST_START_MS - 60_000 }, undefined, -1],
		['a time of sending in the year 2500 corrects nothing', { timestamp: TEST_START_MS - 60_000 }, year(2500), -1],
		['a number that is no time becomes the time of arrival', { timestamp: 17 }, undefined, 0],
		['so does one below zero', { timestamp: -TEST_START_MS }, undefined, 0],
		['the year 1', { timestamp: '0001-01-01T00:00:00Z' }, undefined, 0],
		['the year 9999', { timestamp: '9999-12-31T23:59:59Z' }, undefined, 0],
		['microseconds', { timestamp: TEST_START_MS * 1000 }, undefined, 0],
		['more than a date can hold', { timestamp: 1e300 }, undefined, 0],
		['a date that does not exist', { timestamp: '2026-13-45T99:00:00Z' }, undefined, 0],
		['no time at all', { timestamp: { at: 'noon' } }, undefined, 0],
		['a correction that would lead before all time', { timestamp: TEST_START_MS - 60_000 }, year(2150), 0],
		['a correction that would lead into the future', { timestamp: TEST_START_MS }, year(1975), 0],
	])('%s, and the event is kept', async (_what, message, sentAt, minutes) => {
		const stored = await storedFor(message, sentAt);

		expect(stored.answer).toEqual({ success: true });
		expect(stored.minutes).toHaveLength(1);
		expect(stored.minutes[0]).toBeCloseTo(minutes, 4);
	});
});

it.each(['2026-03-02 08:00:00', '2026-03-02T08:00:00', '2026-03-02 08:00'])('a time without a zone (%s) is UTC, whatever the zone of the server', (timestamp) => {
	// The zone of a process is fixed at its start, so the server is a process of its own.
	const program = `const { parseCalls } = require('./segment.ts');
		const { messages } = parseCalls([{ type: 'track', userId: 'u1', event: 'A', timestamp: process.argv[1] }], { receivedAtMs: ${TEST_START_MS} });
		process.stdout.write(String(messages[0].timestamp));`;

	const stored = execFileSync(process.execPath, ['--require', join(__dirname, '../thread/from-source.cjs'), '-e', program, timestamp], {
		cwd: join(__dirname, '../../../engine/collector'), env: { ...process.env, TZ: 'America/New_York' }, encoding: 'utf8',
	});

	expect(Number(stored)).toBe(TEST_START_MS - 3_600_000);
});
