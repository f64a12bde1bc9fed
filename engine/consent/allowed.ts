import { sql } from 'kysely';

import type { Reader } from '../store';
import { consentReasonSql, type Purpose } from './blocks';
import { normaliseTopic } from './channels';

export type ConsentVerdict = { allowed: true } | { allowed: false; reason: string };

/**
 * Whether these people may be written to, each with the reason if not; who is no profile (any more) may not. One statement.
 * A sender asks under the profiles' lock, so that an opt-out committed before the attempt is always seen.
 */
export async function allowed(reader: Reader, profiles: readonly number[], channel: string, topic: string, purpose: Purpose): Promise<Map<number, ConsentVerdict>> {
	const ids = [...new Set(profiles)];
	const verdicts = new Map<number, ConsentVerdict>(ids.map((id) => [id, { allowed: false, reason: 'no such profile' }]));
	if (ids.length === 0) return verdicts;
	const scope = { channel, topicRef: sql`cast(${normaliseTopic(topic)} as text)`, profileRef: sql`profile.id`, purpose };
	const rows = await reader.all(
		sql<{ id: number; reason: string | null }>`select id, ${consentReasonSql(reader.dialect, scope)} as reason from profile where ${reader.dialect.anyOf(sql`id`, ids)}`,
	);
	for (const { id, reason } of rows) verdicts.set(id, reason === null ? { allowed: true } : { allowed: false, reason });
	return verdicts;
}
