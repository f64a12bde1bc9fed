import { sql } from 'kysely';

import type { Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import { normaliseIdentity } from '../profiles';
import type { Reader, Store } from '../store';
import { itemJson } from './claim';
import { sampleEntry } from './entries/sample-entry';
import type { JourneyConfig } from './types';
import { fromJsonColumn } from './watch';

/** What a chosen profile's item would look like at the trigger: for manual runs. Reads only. */
export async function sample(
	{ store, zone }: { store: Store; zone: (reader: Reader) => Promise<string> }, config: JourneyConfig, by: { profileId: number } | Identity | null,
): Promise<{ profile: number; json: JsonObject } | null> {
	return await store.read(async (reader) => {
		const where = by === null
			? sql`p.is_test = 1`
			: 'profileId' in by
				? sql`p.id = coalesce((select a.profile from profile_alias a where a.id = ${by.profileId}), ${by.profileId})`
				: sql`p.id = (select i.profile from identity i where i.kind = ${by.kind} and i.value = ${normalised(by)})`;
		const profile = await reader.first<{ id: number; attributes: JsonObject | string }>(
			sql<{ id: number; attributes: JsonObject | string }>`select p.id, p.attributes from profile p where ${where} order by p.id desc limit 1`,
		);
		if (profile === undefined) return null;
		const attributes = fromJsonColumn<JsonObject>(profile.attributes);
		const entry = await sampleEntry(reader, config.entry, { journey: config.name, profile: profile.id, attributes, zone: await zone(reader) });
		return { profile: profile.id, json: itemJson(profile.id, attributes, config, entry, null) };
	});
}

function normalised(by: Identity): string {
	const found = normaliseIdentity(by.kind, by.value);
	return found.ok ? found.identity.value : by.value;
}
