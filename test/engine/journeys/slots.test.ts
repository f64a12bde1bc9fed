import { nextSlots, type SlotSequence } from '../../../engine/journeys/slots';
import { dice } from './admission/dice';

const RATES = [{ people: 1, perMs: 1 }, { people: 7, perMs: 1_000 }, { people: 1_000, perMs: 60_000 }, { people: 3, perMs: 10 }, { people: 17, perMs: 5 }, { people: 1_000_000, perMs: 31 * 86_400_000 }];

describe('slots of an entry rate and of a throttle', () => {
	it.each(RATES)('are never more than $people due within $perMs ms, in order and none in the past, whatever the batches and breaks', (rate) => {
		for (let seed = 1; seed <= 40; seed += 1) {
			const roll = dice(seed);
			const given: number[] = [];
			let sequence: SlotSequence | null = null;
			let early = 0;
			let nowMs = 1_772_442_000_000 + roll(1_000);
			for (let batch = 0; batch < 60; batch += 1) {
				nowMs += roll(3) === 0 ? roll(3 * rate.perMs) : roll(5);
				const next = nextSlots(sequence, rate, nowMs, 1 + roll(2 * Math.min(rate.people, 300) + 3));
				({ sequence } = next);
				early += next.slots.filter((slot) => slot < nowMs).length;
				for (const slot of next.slots) given.push(slot);
			}
			const tooClose = given.filter((slot, n) => n >= rate.people && slot - (given[n - rate.people] ?? 0) < rate.perMs);
			const outOfOrder = given.filter((slot, n) => n > 0 && slot < (given[n - 1] ?? 0));
			expect({ seed, tooClose, outOfOrder, early }).toEqual({ seed, tooClose: [], outOfOrder: [], early: 0 });
		}
	});

	it('use the whole rate: a crowd of ten times as many is through after ten times as long, as one batch or one by one', () => {
		const rate = { people: 7, perMs: 1_000 };
		const { slots } = nextSlots(null, rate, 5_000, 71);
		let sequence: SlotSequence | null = null;
		const alone = Array.from({ length: 71 }, () => {
			const next = nextSlots(sequence, rate, 5_000, 1);
			({ sequence } = next);
			return next.slots[0];
		});

		expect([slots[0], slots[70]]).toEqual([5_000, 15_000]);
		expect(alone).toEqual(slots);
	});

	it('are not saved up while nobody enters', () => {
		const { sequence } = nextSlots(null, { people: 2, perMs: 1_000 }, 0, 1);

		expect(nextSlots(sequence, { people: 2, perMs: 1_000 }, 100_000, 3).slots).toEqual([100_000, 100_500, 101_000]);
	});

	it('go on behind the last one by a new rate, so that nobody overtakes', () => {
		const { slots, sequence } = nextSlots(null, { people: 1, perMs: 60_000 }, 0, 3);
		const faster = nextSlots(sequence, { people: 1, perMs: 1_000 }, 10, 2);
		const slower = nextSlots(faster.sequence, { people: 1, perMs: 600_000 }, 10, 1);

		expect([slots, faster.slots, slower.slots]).toEqual([[0, 60_000, 120_000], [121_000, 122_000], [722_000]]);
	});

	it('begin at once by whatever pace there is when the first one comes', () => {
		const untaken: SlotSequence = { people: 60, perMs: 60_000, baseMs: 0, taken: 0 };

		expect(nextSlots(untaken, { people: 1, perMs: 86_400_000 }, 10_000, 2).slots).toEqual([10_000, 86_410_000]);
	});

	it('hold it when somebody comes in the very millisecond of a free slot that is rounded down', () => {
		const tooClose: object[] = [];
		for (let people = 2; people < 60; people += 1) {
			for (const perMs of [1_000, 1_003, 1_999]) {
				for (let first = 1; first < people; first += 1) {
					const before = nextSlots(null, { people, perMs }, 1_000_000, first);
					const given = [...before.slots, ...nextSlots(before.sequence, { people, perMs }, 1_000_000 + Math.floor((first * perMs) / people), 2 * people).slots];
					if (given.some((slot, n) => n >= people && slot - (given[n - people] ?? 0) < perMs)) tooClose.push({ people, perMs, first });
				}
			}
		}

		expect(tooClose).toEqual([]);
	});
});
