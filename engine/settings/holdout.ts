import { sql } from 'kysely';

import type { Reader } from '../store';
import { DEFAULT_SETTINGS } from './defaults';

/** The setting `holdout` in percent, as of this reader: one row of an index. For those who let people into journeys, by whichever way. */
export async function globalHoldout(reader: Reader): Promise<number> {
	const row = await reader.first<{ percent: number | null }>(sql<{ percent: number | null }>`select ${reader.dialect.jsonNumber(sql`chosen`, ['holdout', 'percent'])} as percent
		from settings_version order by version desc limit 1`);
	return row?.percent ?? DEFAULT_SETTINGS.holdout.percent;
}
