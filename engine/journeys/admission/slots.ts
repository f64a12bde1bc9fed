import type { EntryRate } from '../types';

/**
 * A sequence of due times, evenly apart: slot k is `base` + k · `perMs` / `people`, rounded down; `taken` is the next k. The fraction is kept
 * exactly, so that n + 1 slots are never due within less than perMs, whatever the batches: rounded intervals would drift.
 */
export interface SlotSequence extends EntryRate {
	baseMs: number;
	taken: number;
}

/**
 * The next `count` slots, none before `clockMs`, in their order, and the sequence behind them. A journey nobody entered for a while begins
 * anew: what was not used is not saved up. A changed rate leaves the slots that were given alone and counts from the last of them.
 */
export function nextSlots(last: SlotSequence | null, rate: EntryRate, clockMs: number, count: number): { slots: number[]; sequence: SlotSequence } {
	const from = beginning(last, rate, clockMs);
	const slots = Array.from({ length: count }, (_, n) => from.baseMs + Math.floor(((from.taken + n) * rate.perMs) / rate.people));
	const taken = from.taken + count;
	const whole = Math.floor(taken / rate.people);
	// Kept small: the products stay below 2^53, where whole numbers are exact.
	return { slots, sequence: { ...from, baseMs: from.baseMs + whole * rate.perMs, taken: taken - whole * rate.people } };
}

function beginning(last: SlotSequence | null, { people, perMs }: EntryRate, clockMs: number): SlotSequence {
	if (last === null) return { people, perMs, baseMs: clockMs, taken: 0 };
	if (last.people !== people || last.perMs !== perMs) {
		const afterMs = last.baseMs + Math.ceil(((last.taken - 1) * last.perMs) / last.people + perMs / people);
		return { people, perMs, baseMs: Math.max(clockMs, afterMs), taken: 0 };
	}
	return last.taken * perMs <= (clockMs - last.baseMs) * people ? { people, perMs, baseMs: clockMs, taken: 0 } : { people, perMs, baseMs: last.baseMs, taken: last.taken };
}
