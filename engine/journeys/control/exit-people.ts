import { sql } from 'kysely';

import { EngineError } from '../../kernel';
import { lockProfiles, type AuditWriter } from '../../profiles';
import type { Store } from '../../store';
import { exitEnrollments } from '../end';
import type { PeopleReach } from '../types';
import { reachSql } from './reach';

const SLICE = 500;
const LONGEST_REASON = 200;

/**
 * PROTOCOL 20, for chosen people: their runs end at once, wherever else they stand, also while an execution has them; at most the one
 * message that is being handed over still leaves. In slices, a transaction each: what was ended before a crash stays ended, and repeating
 * the call ends the rest. Throws BAD_INPUT without a reason, NOT_FOUND for a step.
 */
export async function exitPeople({ store, audit }: { store: Store; audit?: AuditWriter | undefined }, request: PeopleReach & { reason: string }): Promise<{ exited: number }> {
	const reason = request.reason.trim().slice(0, LONGEST_REASON);
	if (reason === '') throw new EngineError('BAD_INPUT', 'Say why these people leave: the reason is what statistics and Explain show. Nobody left.');
	let exited = 0;
	for (let after = 0; ;) {
		const slice = await store.tx('exit-people', async (tx) => {
			const meant = await reachSql(tx, request);
			const rows = await tx.all<{ enrollment: number; profile: number }>(sql<{ enrollment: number; profile: number }>`select distinct t.enrollment, t.profile from token t
				where ${meant} and t.enrollment > ${after} order by t.enrollment limit ${SLICE}`);
			await lockProfiles(tx, new Set(rows.map(({ profile }) => profile)));
			const ids = rows.map(({ enrollment }) => enrollment);
			const ended = await exitEnrollments(tx, ids, reason, null);
			if (ended > 0) await audit?.(tx, [{ action: 'journey.exit', who: request.source ?? 'api', count: ended, detail: { workflow: request.workflow } }]);
			return { last: ids.at(-1), ended, full: ids.length === SLICE };
		});
		exited += slice.ended;
		if (!slice.full || slice.last === undefined) return { exited };
		after = slice.last;
	}
}
