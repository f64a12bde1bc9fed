import { sql } from 'kysely';

import type { Tx } from '../../store';

/** Who is later than this, because n8n was down, is not let in any more by a date or a schedule. */
export const TOO_LATE_MS = 86_400_000;

/** Records that these people, who would have entered, do not. */
export async function refuse(tx: Tx, journey: string, profiles: readonly number[], reason: string): Promise<void> {
	if (profiles.length === 0) return;
	await tx.run(sql`insert into refusal (journey, profile, reason, refused_at) select ${journey}, p.id, ${reason}, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
		from profile p where ${tx.dialect.anyOf(sql.ref('p.id'), profiles)}`);
}
