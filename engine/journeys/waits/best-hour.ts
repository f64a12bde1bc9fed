import { clockMinutes, dayAfter, dayAt, instantOf, timeAt } from '../../kernel/local-time';
import { nextTime } from './dates';

const HOUR_MS = 3_600_000;

/** How often people opened or clicked in each hour of the local day: 24 counts. */
export type HourCounts = readonly number[];

export const NO_HOURS: HourCounts = Array.from({ length: 24 }, () => 0);

/** An hour of the local day, and when it can be gone on in it. */
export interface Slot {
	hour: number;
	atMs: number;
}

/** The hours from now on: the one that it is, at once, and each that begins within the time given. */
export function slotsWithin(nowMs: number, withinMs: number, zone: string): Slot[] {
	const slots: Slot[] = [{ hour: Math.floor(timeAt(nowMs, zone) / HOUR_MS), atMs: nowMs }];
	const today = dayAt(nowMs, zone);
	for (let days = 0; ; days += 1) {
		const day = dayAfter(today, days);
		if (instantOf(day, 0, zone) > nowMs + withinMs) return slots;
		for (let hour = 0; hour < 24; hour += 1) {
			const atMs = instantOf(day, hour * 60, zone);
			if (atMs > nowMs && atMs <= nowMs + withinMs) slots.push({ hour, atMs });
		}
	}
}

/** The slot of the hour that most fell into, the earliest of equals; null where none of these hours has any. */
export function bestSlot(slots: readonly Slot[], counts: HourCounts): Slot | null {
	let best: Slot | null = null;
	let most = 0;
	for (const slot of slots) {
		const count = counts[slot.hour] ?? 0;
		if (count > most) [best, most] = [slot, count];
	}
	return best;
}

/** Nobody's habits say anything: the set time of day, or at once where that does not come soon enough. */
export function setTime(nowMs: number, withinMs: number, zone: string, at: string): number {
	const atMs = nextTime(nowMs, zone, clockMinutes(at) ?? 0);
	return atMs <= nowMs + withinMs ? atMs : nowMs;
}
