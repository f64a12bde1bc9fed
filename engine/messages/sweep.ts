import { sql } from 'kysely';

import { lockProfiles } from '../profiles';
import { forgetTold, removeClosed } from '../reports';
import type { SegmentTracker } from '../segments';
import type { Store } from '../store';
import { removeEndedFiles } from './files';
import { failLocal, markUnknown, takeBackLocal, tellSegments } from './ledger';

/** Attempts past their deadline whose person has moved on become `unknown`, or `sent` where the service has told of them (PROTOCOL, check 12). Answers with how many were looked at. */
export async function sweep(store: Store, segments: Pick<SegmentTracker, 'refresh'>): Promise<number> {
	return await store.tx('sweep', async (tx) => {
		const due = await tx.all(sql<{ id: string; profile: number; awaited: number }>`select id, profile,
				case when exists (select 1 from token t where t.id = message.token or (t.enrollment = message.enrollment and t.message = message.id)) then 1 else 0 end as awaited from message where state = 'attempting' and attempt_until <= ${tx.nowMs}
			and not exists (select 1 from memo m join token t on t.id = m.token where m.token = message.token and t.state in ('parked', 'claimed', 'away'))`);
		if (due.length > 0) {
			await lockProfiles(tx, new Set(due.map(({ profile }) => profile)));
			// Whoever still stands at the step, held or with a token that took the message up later, has it tried anew.
			await takeBackLocal(tx, due.flatMap(({ id, awaited }) => (Number(awaited) === 1 ? [id] : [])));
			const failed = await failLocal(tx, due.map(({ id }) => id));
			await tellSegments(tx, segments, [...new Set([...failed.profiles, ...(await markUnknown(tx, failed.others))])]);
		}
		// After the profiles (PROTOCOL 3): an erasure takes the files of whom it has locked.
		await removeEndedFiles(tx);
		await removeClosed(tx);
		await forgetTold(tx);
		return due.length;
	});
}
