import { sql } from 'kysely';

import type { Reader } from '../store';

/** One line of what was said: by whom, to which wording, and when and where it was given. */
export interface Saying {
	profile: number;
	channel: string;
	topic: string;
	state: string;
	source: string;
	text_version: string | null;
	given_at: number | null;
	given_source: string | null;
}

/**
 * Whether this proves nothing that a known saying of the same state does not: the same source, wording, and time and place at which it was given. The IP
 * address does not count: a mail provider's one-click comes from any of its servers, and twice for one click.
 */
export function saysNothingNew(next: Saying, known: Saying): boolean {
	return known.state === next.state && known.source === next.source && known.text_version === next.text_version
		&& (next.given_at === null || next.given_at === known.given_at) && (next.given_source === null || next.given_source === known.given_source);
}

/** What has been said of each channel and topic since its state last became another one; by sayingKey. One statement. */
export async function sayingsSince(reader: Reader, profiles: readonly number[]): Promise<Map<string, Saying[]>> {
	const runs = new Map<string, Saying[]>();
	if (profiles.length === 0) return runs;
	const rows = await reader.all(sql<Saying>`select profile, channel, topic, state, source, text_version, given_at, given_source from consent_history
		where kind = 'consent' and ${reader.dialect.anyOf(sql.ref('profile'), profiles)} order by id`);
	for (const row of rows) {
		const run = runs.get(sayingKey(row));
		if (run === undefined || run[0]?.state !== row.state) runs.set(sayingKey(row), [row]);
		else run.push(row);
	}
	return runs;
}

export function sayingKey({ profile, channel, topic }: Pick<Saying, 'profile' | 'channel' | 'topic'>): string {
	return JSON.stringify([profile, channel, topic]);
}
