import { sql } from 'kysely';

import { lockFound } from '../profiles';
import type { Reader as StoreReader, Tx } from '../store';
import type { Browser } from './types';

/*
 * Who may read what. A write key stands in every page, and with it anybody can say "I am ada@example.com": an identify call then ties their own browser to Ada.
 * So a browser's anonymous id, which nobody can guess, is enough only for somebody who is known by nothing else. Whoever is known by a user id, an address
 * or any other identity is shown their messages where the site has proved the user id (proof.ts); elsewhere only those that were
 * marked as fit for any browser, which hold no personal data.
 */

/** proven false: only what any browser may show. */
export interface Reading {
	profile: number;
	proven: boolean;
}

interface Row {
	profile: number;
	known: number;
}

export async function readingOf(reader: StoreReader, { anonymousId, userId, proven }: Browser): Promise<Reading | null> {
	if (proven && userId !== null) {
		const row = await reader.first<{ profile: number }>(sql<{ profile: number }>`select profile from identity where kind = 'user_id' and value = ${userId}`);
		if (row !== undefined) return { profile: row.profile, proven: true };
	}
	if (anonymousId === null) return null;
	const row = await reader.first<Row>(sql<Row>`select i.profile, case when exists (select 1 from identity o where o.profile = i.profile and o.kind <> 'anonymous_id') then 1 else 0 end as known
		from identity i where i.kind = 'anonymous_id' and i.value = ${anonymousId}`);
	return row === undefined ? null : { profile: row.profile, proven: Number(row.known) === 0 };
}

/** The same with the profile locked, as it is under the lock. */
export async function lockedReading(tx: Tx, browser: Browser): Promise<Reading | null> {
	let reading: Reading | null = null;
	await lockFound(tx, async () => {
		reading = await readingOf(tx, browser);
		return reading === null ? [] : [reading.profile];
	});
	return reading;
}
