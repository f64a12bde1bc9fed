import { slotAt, slotsFrom, type Slots } from '../../../engine/journeys/throttles/slots';
import type { ThrottleLimit } from '../../../engine/journeys/throttles/types';

/** The most slots in any stretch of so many milliseconds, from one moment up to but without the other. */
function fullest(slots: readonly number[], perMs: number): number {
	const sorted = [...slots].sort((a, b) => a - b);
	let most = 0;
	for (let from = 0, to = 0; from < sorted.length; from += 1) {
		while (to < sorted.length && (sorted[to] ?? 0) < (sorted[from] ?? 0) + perMs) to += 1;
		most = Math.max(most, to - from);
	}
	return most;
}

/** People who come in groups, each after a pause, as the step would seat them. */
function seat(limit: ThrottleLimit, groups: ReadonlyArray<{ afterMs: number; people: number }>): number[] {
	let nowMs = 1_000_000;
	let row: Slots | null = null;
	const seats: number[] = [];
	for (const { afterMs, people } of groups) {
		nowMs += afterMs;
		row = slotsFrom(row, limit, nowMs);
		for (let k = 0; k < people; k += 1) seats.push(slotAt(row, k));
		row = { ...row, taken: row.taken + people };
	}
	return seats;
}

describe('the slots of a throttle', () => {
	it.each([1, 3, 7, 60, 97, 100, 1000, 7919, 120_000])('hold %i a minute and not one more, in any stretch, and waste none', (people) => {
		const perMs = 60_000;
		const seats = seat({ people, perMs }, [{ afterMs: 0, people: people * 3 }]);

		expect(fullest(seats, perMs)).toBe(people);
		expect(seats.at(-1)).toBeLessThan(1_000_000 + 3 * perMs);
	});

	it('hold it over the seam as well, when people come in fits and starts', () => {
		let seed = 1;
		const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
		for (let story = 0; story < 300; story += 1) {
			const limit = { people: 1 + random(50), perMs: 1_000 + random(5_000) };
			const groups = Array.from({ length: 30 }, () => ({ afterMs: random(limit.perMs), people: random(2 * limit.people) }));

			const seats = seat(limit, groups);

			expect({ limit, over: fullest(seats, limit.perMs) > limit.people }).toEqual({ limit, over: false });
			expect(seats).toEqual([...seats].sort((a, b) => a - b));
		}
	});

	it('hold it when somebody comes in the very millisecond of a free slot that is rounded down', () => {
		for (let people = 2; people < 60; people += 1) {
			for (const perMs of [1_000, 1_003, 1_999]) {
				for (let first = 1; first < people; first += 1) {
					const seats = seat({ people, perMs }, [{ afterMs: 0, people: first }, { afterMs: Math.floor((first * perMs) / people), people: 2 * people }]);

					expect({ people, perMs, first, over: fullest(seats, perMs) > people }).toEqual({ people, perMs, first, over: false });
				}
			}
		}
	});

	it('go on behind the last one given away when the limit changes', () => {
		const before: Slots = { people: 60, perMs: 60_000, baseMs: 1_000_000, taken: 600 };

		const now = slotsFrom(before, { people: 1, perMs: 60_000 }, 1_000_500);

		expect([slotAt(now, 0), slotAt(now, 1)]).toEqual([1_600_000, 1_660_000]);
	});
});
