import { sql } from 'kysely';

import type { Store } from '../store';
import { NEVER_MS } from './trail';

/** Why a token waits at a sender while sending is stopped; resuming looks for it. */
export const STOPPED_REASON = 'all sending is stopped';

/**
 * People who were due at a sender while all sending was stopped go on. Repeating it does nothing,
 * so a start of the engine does it too: a crash between the switch and this would leave them waiting.
 */
export async function freeStopped(store: Store): Promise<number> {
	return await store.tx('free-stopped', async (tx) => {
		const freed = await tx.all<{ workflow: string; step: string }>(sql<{ workflow: string; step: string }>`update token set due_at = ${tx.nowMs}, reason = null
			where state = 'parked' and reason = ${STOPPED_REASON} and due_at = ${NEVER_MS} returning workflow, step`);
		for (const row of freed) tx.wake(row.workflow, row.step);
		return freed.length;
	});
}
