import { sql, type RawBuilder } from 'kysely';

import type { JsonObject } from '../kernel';
import { isZone } from '../kernel/local-time';
import { storedObject, zoneOf } from '../profiles';
import type { Reader } from '../store';

/** What a time of day means for a person. */
export interface Whereabouts {
	attributes: JsonObject;
	/** Whose clocks they see: their own, else that of the settings. */
	zone: string;
}

/** A person as whereaboutsIn reads them. */
export interface PlacedRow {
	attributes: unknown;
	phone: string | null;
}

/** Columns of PlacedRow about profile `p`. The newest number stands, as for quiet hours (messages/addressed.ts). */
export const placed = sql`p.attributes, (select i.value from identity i where i.profile = p.id and i.kind = 'phone' order by i.created_at desc, i.value limit 1) as phone`;

export function whereaboutsIn({ attributes: stored, phone }: PlacedRow, fallback: string): Whereabouts {
	const attributes = storedObject(stored);
	const zone = zoneOf({ attributes, ...(phone === null ? {} : { phone }) }, fallback);
	return { attributes, zone: isZone(zone) ? zone : fallback };
}

/** People (profile p) by a condition; one statement. `fallback`: the zone of the settings. */
export async function whereaboutsOf(reader: Reader, who: RawBuilder<unknown>, fallback: string): Promise<Map<number, Whereabouts>> {
	const rows = await reader.all<PlacedRow & { id: number }>(sql<PlacedRow & { id: number }>`select p.id, ${placed} from profile p where ${who}`);
	return new Map(rows.map((row) => [row.id, whereaboutsIn(row, fallback)]));
}
