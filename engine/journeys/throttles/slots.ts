import type { ThrottleLimit } from './types';

/**
 * A row of slots: the k-th (from 0) is at baseMs + floor(k * perMs / people). So the one `people` further on is exactly perMs later, and no stretch of
 * that length holds more of them, whatever the numbers divide to; milliseconds between two, added up, would let one too many in or lose a tenth.
 */
export interface Slots extends ThrottleLimit {
	baseMs: number;
	/** How many are given away. */
	taken: number;
}

/** The row as it stands for whoever comes now: another limit, or nobody before them, begins a new one behind the last slot given away. */
export function slotsFrom(before: Slots | null, { people, perMs }: ThrottleLimit, nowMs: number): Slots {
	if (before === null) return { people, perMs, baseMs: nowMs, taken: 0 };
	// Rounded up: a row that began within the last millisecond of the one before could have one too many at its seam.
	const freeMs = before.baseMs + Math.ceil((before.taken * before.perMs) / before.people);
	if (freeMs <= nowMs) return { people, perMs, baseMs: nowMs, taken: 0 };
	return before.people === people && before.perMs === perMs ? before : { people, perMs, baseMs: freeMs, taken: 0 };
}

/** UTC milliseconds of the k-th slot from the next one on. */
export function slotAt({ baseMs, taken, people, perMs }: Slots, k: number): number {
	return baseMs + Math.floor(((taken + k) * perMs) / people);
}
