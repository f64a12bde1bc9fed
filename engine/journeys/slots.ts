/** So many people in any stretch of time of this length: an entry rate, a throttle's limit. */
interface Pace {
	people: number;
	perMs: number;
}

/**
 * A sequence of due times, evenly apart: slot k is `base` + k · `perMs` / `people`, rounded down; `taken` is the next k, 0 while nobody has had one. The fraction is kept
 * exactly, so that n + 1 slots are never due within less than perMs, whatever the batches: rounded intervals would drift.
 */
export interface SlotSequence extends Pace {
	baseMs: number;
	taken: number;
}

/**
 * The next `count` slots, none before `clockMs`, in their order, and the sequence behind them. Where nobody came for a while it begins
 * anew: what was not used is not saved up. A changed pace leaves the slots that were given alone and counts from the last of them.
 */
export function nextSlots(last: SlotSequence | null, pace: Pace, clockMs: number, count: number): { slots: number[]; sequence: SlotSequence } {
	const from = beginning(last, pace, clockMs);
	const slots = Array.from({ length: count }, (_, n) => from.baseMs + Math.floor(((from.taken + n) * pace.perMs) / pace.people));
	const taken = from.taken + count;
	// Kept small: the products stay below 2^53, where whole numbers are exact. Never 0 again, which says that nobody has had a slot.
	const whole = Math.floor((taken - 1) / pace.people);
	return { slots, sequence: { ...from, baseMs: from.baseMs + whole * pace.perMs, taken: taken - whole * pace.people } };
}

function beginning(last: SlotSequence | null, { people, perMs }: Pace, clockMs: number): SlotSequence {
	if (last === null) return { people, perMs, baseMs: clockMs, taken: 0 };
	if (last.people !== people || last.perMs !== perMs) {
		const afterMs = last.taken === 0 ? last.baseMs : last.baseMs + Math.ceil(((last.taken - 1) * last.perMs) / last.people + perMs / people);
		return { people, perMs, baseMs: Math.max(clockMs, afterMs), taken: 0 };
	}
	return last.taken * perMs <= (clockMs - last.baseMs) * people ? { people, perMs, baseMs: clockMs, taken: 0 } : { people, perMs, baseMs: last.baseMs, taken: last.taken };
}
