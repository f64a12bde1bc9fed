import { sql } from 'kysely';

import type { Reader } from '../../store';
import type { JourneyClock } from '../virtual';
import { placed, whereaboutsIn, type PlacedRow, type Whereabouts } from '../whereabouts';

/** Somebody who waits, or is about to: by whose clocks, and what is known of them. */
export interface Waiter extends Whereabouts {
	token: string;
	profile: number;
	clock: JourneyClock;
}

interface WaiterRow extends PlacedRow {
	token: string;
	profile: number;
	started_at: number;
	time_scale: number;
}

/** One statement for all of these tokens. Their people are locked. */
export async function waitersOf(reader: Reader, tokens: readonly string[], fallbackZone: string): Promise<Map<string, Waiter>> {
	if (tokens.length === 0) return new Map();
	const rows = await reader.all(sql<WaiterRow>`select t.id as token, p.id as profile, e.started_at, e.time_scale, ${placed}
		from token t join enrollment e on e.id = t.enrollment join profile p on p.id = t.profile where ${reader.dialect.anyOf(sql`t.id`, tokens)}`);
	return new Map(rows.map((row) => [row.token, {
		...whereaboutsIn(row, fallbackZone), token: row.token, profile: row.profile, clock: { startedAtMs: row.started_at, timeScale: row.time_scale },
	}]));
}
