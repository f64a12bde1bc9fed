import { sql, type RawBuilder } from 'kysely';

import { partSql } from '../../segments';
import { settingsIn } from '../../settings';
import type { Reader } from '../../store';
import type { JourneyConfig } from '../types';

/** The same people in every journey; also what a segment's random part finds them by. */
const EVERYWHERE = 'holdout';

/**
 * Whether a row of profile `p` is held out of this journey: 1 or 0. A hash of who they are, so that they are the same people at each entry
 * and a higher percentage only adds to them. Test people are never: they are no evidence, and somebody waits for their mail.
 */
export async function holdoutSql(reader: Reader, journey: { id: string; config: Pick<JourneyConfig, 'holdout'> }): Promise<RawBuilder<number>> {
	const { holdout } = await settingsIn(reader);
	const parts = [{ percent: holdout.percent, salt: EVERYWHERE }, { percent: journey.config.holdout?.percent ?? 0, salt: `${EVERYWHERE} ${journey.id}` }]
		.filter(({ percent }) => percent > 0).map(({ percent, salt }) => partSql(sql`p.id`, percent, salt));
	return parts.length === 0 ? sql<number>`0` : sql<number>`case when p.is_test = 0 and (${sql.join(parts, sql` or `)}) then 1 else 0 end`;
}

/** Those among these profiles who would be held out of this journey, if they entered it now. */
export async function heldOutAmong(reader: Reader, journey: { id: string; config: Pick<JourneyConfig, 'holdout'> }, profiles: readonly number[]): Promise<Set<number>> {
	const rows = await reader.all<{ id: number }>(sql<{ id: number }>`select p.id from profile p where ${reader.dialect.anyOf(sql.ref('p.id'), profiles)} and ${await holdoutSql(reader, journey)} = 1`);
	return new Set(rows.map(({ id }) => Number(id)));
}
