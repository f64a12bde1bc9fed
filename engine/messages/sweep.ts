import { sql } from 'kysely';

import { lockProfiles } from '../profiles';
import { removeClosed } from '../reports';
import type { SegmentTracker } from '../segments';
import type { Store } from '../store';
import { removeEndedFiles } from './files';
import { failLocal, markUnknown, tellSegments } from './ledger';

/** Attempts past their deadline whose person has moved on become `unknown`, or `sent` where the service has told of them (PROTOCOL, check 12). Answers with how many were looked at. */
export async function sweep(store: Store, segments: Pick<SegmentTracker, 'refresh'>): Promise<number> {
	return await store.tx('sweep', async (tx) => {
		const due = await tx.all(sql<{ id: string; profile: number }>`select id, profile from message where state = 'attempting' and attempt_until <= ${tx.nowMs}
			and not exists (select 1 from memo m join token t on t.id = m.token where m.token = message.token and t.state in ('parked', 'claimed', 'away'))`);
		if (due.length > 0) {
			await lockProfiles(tx, new Set(due.map(({ profile }) => profile)));
			await tellSegments(tx, segments, await markUnknown(tx, await failLocal(tx, due.map(({ id }) => id))));
		}
		// After the profiles (PROTOCOL 3): an erasure takes the files of whom it has locked.
		await removeEndedFiles(tx);
		await removeClosed(tx);
		return due.length;
	});
}
