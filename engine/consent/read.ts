import { sql } from 'kysely';

import { iso } from '../kernel';
import type { Reader } from '../store';
import type { ConsentState, ConsentView } from './types';

/** All that a person has chosen, as it is now; four statements at most. */
export async function viewConsent(reader: Reader, profile: number): Promise<ConsentView> {
	const states = await reader.all(
		sql<{ channel: string; topic: string; state: ConsentState; source: string; changed_at: number; given_at: number | null; given_source: string | null; text_version: string | null; ip: string | null }>`
			select channel, topic, state, source, changed_at, given_at, given_source, text_version, ip from consent where profile = ${profile} order by channel, topic`,
	);
	const sale = await reader.first(sql<{ active: number; changed_at: number }>`select active, changed_at from do_not_sell where profile = ${profile}`);
	const preference = await reader.first(
		sql<{ max_per_week: number | null; paused_until: number | null; language: string | null }>`select max_per_week, paused_until, language from preference where profile = ${profile}`,
	);
	const pausedUntil = preference?.paused_until ?? null;
	return {
		profile,
		consents: states.map(({ changed_at, given_at, given_source, text_version, ...row }) => ({
			...row, at: iso(changed_at), givenAt: iso(given_at), givenSource: given_source, textVersion: text_version,
		})),
		doNotSell: sale?.active === 1,
		doNotSellSince: sale?.active === 1 ? iso(sale.changed_at) : null,
		maxPerWeek: preference?.max_per_week ?? null,
		pausedUntil: pausedUntil !== null && pausedUntil > reader.nowMs ? iso(pausedUntil) : null,
		language: preference?.language ?? null,
	};
}
