import { valueAtPath } from '../../kernel';
import { clockMinutes, timeAt } from '../../kernel/local-time';
import type { Tx } from '../../store';
import { NEVER_MS } from '../trail';
import { journeyTime, realTime } from '../virtual';
import { bestSlot, setTime, slotsWithin, type Slot } from './best-hour';
import { instantFor, nextTime, readMoment } from './dates';
import { othersHours, ownHours } from './habits';
import type { WaitTime } from './types';
import type { Waiter } from './waiters';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const SET_TIME = '10:00';

/** When somebody's wait ends, in real time. */
export interface Due {
	dueAtMs: number;
	/** Fixed already: the date was over, or there was none. */
	outcome?: 'passed' | 'missing';
	/** Shown while they wait. */
	reason?: string;
}

/** Somebody with what their own item says. */
export interface Asking {
	waiter: Waiter;
	/** Of a wait for the item's date. */
	date?: string | undefined;
	/** Of a wait for the same time of day: when it should have ended. */
	plannedAtMs?: number | null;
}

/**
 * When each of them is due; null: their item's date cannot be read. The best hours take a constant number of statements for any number of people, the rest none.
 * Test people on a virtual clock wait by that clock: its weekdays, dates and nights.
 */
export async function dueTimes(tx: Tx, until: WaitTime, asking: readonly Asking[], { zone, segment }: { zone: string; segment: number | null }): Promise<Array<Due | null>> {
	const best = until.kind === 'best' ? await bestHours(tx, until, asking, { zone, segment }) : null;
	return asking.map((one) => {
		const { waiter } = one;
		const nowMs = journeyTime(waiter.clock, tx.nowMs);
		const inReal = (journeyMs: number): Due => ({ dueAtMs: Math.min(NEVER_MS, Math.max(tx.nowMs, realTime(waiter.clock, journeyMs))) });
		if (best !== null) return inReal(best(waiter, nowMs));
		if (until.kind === 'time') return inReal(nextTime(nowMs, waiter.zone, clockMinutes(until.at) ?? 0, until.weekdays));
		if (until.kind === 'sameTime') return inReal(sameTime(one, nowMs));
		if (until.kind === 'best') return null;
		const moment = until.kind === 'attribute' ? readMoment(valueAtPath(waiter.attributes, until.attribute), 'utc') : readMoment(one.date, 'local');
		if (moment !== null) {
			const atMs = instantFor(moment, until, waiter.zone, nowMs);
			return atMs < nowMs ? { dueAtMs: tx.nowMs, outcome: 'passed' } : inReal(atMs);
		}
		if (until.kind === 'date') return null;
		return until.missing === 'goOn' ? { dueAtMs: tx.nowMs, outcome: 'missing' } : { dueAtMs: NEVER_MS, reason: `waits for a date in the attribute "${until.attribute}"` };
	});
}

/** Not now, even where the clocks show it: whoever is late would else be no less so. */
function sameTime({ waiter: { clock, zone }, plannedAtMs }: Asking, nowMs: number): number {
	const minutes = Math.floor(timeAt(journeyTime(clock, plannedAtMs ?? nowMs), zone) / 60_000);
	return nextTime(nowMs + 1, zone, minutes);
}

async function bestHours(
	tx: Tx, { withinHours = DAY_HOURS, at = SET_TIME }: Extract<WaitTime, { kind: 'best' }>, asking: readonly Asking[], { zone, segment }: { zone: string; segment: number | null },
): Promise<(waiter: Waiter, nowMs: number) => number> {
	const withinMs = withinHours * HOUR_MS;
	const own = await ownHours(tx, new Map(asking.map(({ waiter }) => [waiter.profile, waiter.zone])));
	const lacking = asking.some(({ waiter }) => !own.has(waiter.profile));
	const theirs = lacking && segment !== null ? await othersHours(tx, segment, zone) : null;
	const everybodys = lacking ? await othersHours(tx, null, zone) : null;
	// People of one zone share these: each costs some dozens of looks at the zone's clocks.
	const slots = new Map<string, Slot[]>();
	return (waiter, nowMs) => {
		const key = `${waiter.zone} ${nowMs}`;
		const here = slots.get(key) ?? slotsWithin(nowMs, withinMs, waiter.zone);
		slots.set(key, here);
		for (const counts of [own.get(waiter.profile), theirs, everybodys]) {
			const slot = counts === undefined || counts === null ? null : bestSlot(here, counts);
			if (slot !== null) return slot.atMs;
		}
		return setTime(nowMs, withinMs, waiter.zone, at);
	};
}
