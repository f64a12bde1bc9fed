import { sql } from 'kysely';

import type { Tx } from '../store';
import { exitEnrollments } from './end';

/** End reason of an enrollment on a virtual clock whose person is no test person any more. */
export const NO_TEST_REASON = 'no longer a test person';

/**
 * Ends what people, who are locked, run on a virtual clock: a week of mails in some minutes is for test people only, and what they
 * wait for is due by that clock. Enrollments in real time go on.
 */
export async function endVirtual(tx: Tx, profiles: readonly number[]): Promise<number> {
	if (profiles.length === 0) return 0;
	const virtual = await tx.all(sql<{ id: number }>`select id from enrollment where ${tx.dialect.anyOf(sql.ref('profile'), profiles)} and state = 'active' and time_scale <> 1 order by id`);
	return await exitEnrollments(tx, virtual.map(({ id }) => id), NO_TEST_REASON, null);
}

/** By which an enrollment lives: real time (timeScale 1), or that of a test person's journey. */
export interface JourneyClock {
	/** When the enrollment began; both clocks show the same then. */
	startedAtMs: number;
	/** Real milliseconds a journey's millisecond. */
	timeScale: number;
}

/** What dividing and multiplying by the scale may be off by: a day that is exactly over must not lack a millisecond. */
const ROUNDING_MS = 1e-3;

/** What the journey's clock shows: there it is night or Monday. */
export function journeyTime({ startedAtMs, timeScale }: JourneyClock, realMs: number): number {
	return timeScale === 1 ? realMs : Math.floor(startedAtMs + (realMs - startedAtMs) / timeScale + ROUNDING_MS);
}

/** When, in real time, the journey's clock will show this. */
export function realTime({ startedAtMs, timeScale }: JourneyClock, journeyMs: number): number {
	return timeScale === 1 ? journeyMs : Math.ceil(startedAtMs + (journeyMs - startedAtMs) * timeScale - ROUNDING_MS);
}
