import { sql } from 'kysely';

import type { Tx } from '../../store';

export interface Refused {
	profile: number;
	event?: number | undefined;
	reason: string;
}

/** Whoever qualifies and is not entered is recorded with the reason: nobody is turned away without a trace. `event`: by which they qualified, if by one. */
export async function refuse(tx: Tx, journey: { id: string }, refused: readonly Refused[]): Promise<void> {
	if (refused.length === 0) return;
	await tx.run(sql`insert into refusal (journey, profile, event, reason, refused_at)
		select ${journey.id}, p.id, r.event, r.reason, ${tx.nowMs}
		from ${tx.dialect.rows(refused, { profile: 'integer', event: 'integer', reason: 'text' }, 'r')} join profile p on p.id = r.profile`);
}
