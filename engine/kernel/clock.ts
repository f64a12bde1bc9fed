/** The engine's only source of time. UTC milliseconds since the epoch. */
export interface Clock {
	nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Milliseconds from some moment in the past, never set back: for how long something took, not for when it was. */
export const monotonicMs = (): number => performance.now();

/** A clock that moves only when told to; for tests and for simulations. */
export class ManualClock implements Clock {
	constructor(private currentMs: number) {}

	nowMs(): number {
		return this.currentMs;
	}

	advance(byMs: number): void {
		if (byMs < 0) throw new RangeError('A clock never goes back: advance() takes a positive number of milliseconds.');
		this.currentMs += byMs;
	}

	set(toMs: number): void {
		this.advance(toMs - this.currentMs);
	}
}

/** UTC milliseconds as ISO 8601, as times are outside the store; nothing stays nothing. */
export function iso(ms: number): string;
export function iso(ms: number | null | undefined): string | null;
export function iso(ms: number | null | undefined): string | null {
	return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}
