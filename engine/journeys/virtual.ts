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
