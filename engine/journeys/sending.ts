import { sql } from 'kysely';

import type { Store } from '../store';
import { wakePlaces } from './place';
import { NEVER_MS } from './trail';

/** Why a token waits at a sender while sending is stopped; resuming looks for it. */
export const STOPPED_REASON = 'all sending is stopped';

/**
 * People who were due at a sender while all sending was stopped go on. Repeating it does nothing,
 * so a start of the engine does it too: a crash between the switch and this would leave them waiting.
 */
export async function freeStopped(store: Store): Promise<number> {
	return await store.tx('free-stopped', async (tx) => {
		// By way of steps and journeys, for the index of due times: every start of the engine asks this, and read all who are parked (250 MB of a million) into memory.
		const freed = await tx.all<{ place: string }>(sql<{ place: string }>`update token set due_at = ${tx.nowMs}, reason = null
			where id in (select t.id from step s cross join journey j cross join token t where j.workflow = s.workflow and t.place = s.place and t.journey = j.id
				and t.state = 'parked' and t.due_at = ${NEVER_MS} and t.reason = ${STOPPED_REASON}) and state = 'parked' returning place`);
		await wakePlaces(tx, freed);
		return freed.length;
	});
}
