import { sql, type RawBuilder } from 'kysely';

import type { JsonObject } from '../../kernel';
import { isZone } from '../../kernel/local-time';
import { storedObject, zoneOf } from '../../profiles';
import type { Reader } from '../../store';

/** What a time of day means for a person. */
export interface Whereabouts {
	attributes: JsonObject;
	zone: string;
}

/** People (profile p) by a condition, with the zone whose clocks they see: two statements. `fallback`: the zone of the settings. */
export async function whereaboutsOf(reader: Reader, who: RawBuilder<unknown>, fallback: string): Promise<Map<number, Whereabouts>> {
	const rows = await reader.all(sql<{ id: number; attributes: unknown }>`select p.id, p.attributes from profile p where ${who}`);
	if (rows.length === 0) return new Map();
	const phones = await reader.all(sql<{ profile: number; value: string }>`select i.profile, i.value from identity i
		where i.kind = 'phone' and ${reader.dialect.anyOf(sql.ref('i.profile'), rows.map(({ id }) => id))} order by i.created_at, i.value`);
	// The newest number stands, as for quiet hours.
	const newest = new Map(phones.map(({ profile, value }) => [profile, value]));
	return new Map(rows.map(({ id, attributes: stored }) => {
		const attributes = storedObject(stored);
		const phone = newest.get(id);
		const found = zoneOf({ attributes, ...(phone === undefined ? {} : { phone }) }, fallback);
		return [id, { attributes, zone: isZone(found) ? found : fallback }];
	}));
}
