import { sql } from 'kysely';

import type { JsonObject } from '../../kernel';
import { isZone as isKnownZone } from '../../kernel/local-time';
import { storedObject, zoneOf } from '../../profiles';
import type { Reader } from '../../store';
import type { JourneyClock } from '../virtual';

/** Somebody who waits, or is about to: by whose clocks, and what is known of them. */
export interface Waiter {
	token: string;
	profile: number;
	/** Their own, else that of the settings. */
	zone: string;
	clock: JourneyClock;
	attributes: JsonObject;
}

interface PersonRow {
	profile: number;
	attributes: unknown;
	phone: string | null;
}

const WHO = sql`p.id as profile, p.attributes, (select i.value from identity i where i.profile = p.id and i.kind = 'phone' order by i.created_at desc, i.value limit 1) as phone`;

/** One statement for all of these tokens. Their people are locked. */
export async function waitersOf(reader: Reader, tokens: readonly string[], fallbackZone: string): Promise<Map<string, Waiter>> {
	if (tokens.length === 0) return new Map();
	const rows = await reader.all(sql<PersonRow & { token: string; started_at: number; time_scale: number }>`select t.id as token, e.started_at, e.time_scale, ${WHO}
		from token t join enrollment e on e.id = t.enrollment join profile p on p.id = t.profile where ${reader.dialect.anyOf(sql`t.id`, tokens)}`);
	return new Map(rows.map((row) => [row.token, {
		token: row.token, profile: row.profile, zone: zoneFor(row, fallbackZone), attributes: storedObject(row.attributes),
		clock: { startedAtMs: row.started_at, timeScale: row.time_scale },
	}]));
}

/** By person. */
export async function zonesOfPeople(reader: Reader, profiles: readonly number[], fallbackZone: string): Promise<Map<number, string>> {
	if (profiles.length === 0) return new Map();
	const rows = await reader.all(sql<PersonRow>`select ${WHO} from profile p where ${reader.dialect.anyOf(sql`p.id`, profiles)}`);
	return new Map(rows.map((row) => [row.profile, zoneFor(row, fallbackZone)]));
}

/** As quiet hours take it. */
function zoneFor({ attributes, phone }: PersonRow, fallback: string): string {
	const zone = zoneOf({ attributes: storedObject(attributes), phone }, fallback);
	return isKnownZone(zone) ? zone : fallback;
}
