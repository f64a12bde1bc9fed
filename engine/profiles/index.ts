import { sql } from 'kysely';

import { EngineError, type Random } from '../kernel';
import type { SegmentTracker } from '../segments';
import type { Store } from '../store';
import { Catalog } from './catalog';
import { CsvImports } from './csv-import';
import { normaliseIdentity } from './identity';
import type { ProfilesApi, ProfileInput, UpsertOptions, UpsertReport } from './types';
import { BATCH, upsertIn } from './upsert';
import { viewProfile } from './view';

export type * from './types';
export { applyAttributes, type AttributeChange, type AttributesChanged } from './attributes';
export { Catalog } from './catalog';
export { normaliseIdentity, type IdentityOptions, type NormalisedIdentity } from './identity';
export { lockProfiles } from './lock';
export { readPerson, type GivenPerson, type Person } from './person';
export { resolveProfiles, type IdentitySet, type Resolved } from './resolve';
export { cleanText, storable, storedObject, LARGEST_JSON_BYTES, type Storable } from './storable';

export interface ProfilesDeps {
	store: Store;
	segments: SegmentTracker;
	/** Makes the ids of imports. */
	random: Random;
	/** ISO 3166-1 alpha-2, for phone numbers without a country code. Default: such numbers are refused as identities. */
	defaultCountry?: string;
}

/** Profiles: who people are and what is known about them. Throws BAD_INPUT and the store's errors. */
export function createProfiles(deps: ProfilesDeps): ProfilesApi {
	const { store, segments } = deps;
	const catalog = new Catalog();
	const identityOptions = deps.defaultCountry === undefined ? {} : { defaultCountry: deps.defaultCountry };

	async function upsert(batch: ProfileInput[], options: UpsertOptions): Promise<UpsertReport> {
		if (!Array.isArray(batch)) throw new EngineError('BAD_INPUT', 'A batch of profiles is a list.');
		const whole: UpsertReport = { created: 0, updated: 0, profiles: [], rejected: [] };
		for (let from = 0; from < batch.length; from += BATCH) {
			const part = await store.tx('upsert', (tx) => upsertIn(tx, { segments, catalog }, batch.slice(from, from + BATCH), { ...options, ...identityOptions }));
			whole.created += part.created;
			whole.updated += part.updated;
			whole.profiles.push(...part.profiles);
			whole.rejected.push(...part.rejected.map(({ index, reason }) => ({ index: index + from, reason })));
		}
		whole.rejected.sort((a, b) => a.index - b.index);
		return whole;
	}

	const imports = new CsvImports({ random: deps.random, upsert, nowMs: () => store.read(async (reader) => reader.nowMs), batch: BATCH });

	return {
		upsert,
		get: async (by) => {
			if ('profileId' in by) return store.read((reader) => viewProfile(reader, by.profileId));
			const normalised = normaliseIdentity(by.kind, by.value, identityOptions);
			if (!normalised.ok) throw new EngineError('BAD_INPUT', `This identity finds nobody: ${normalised.reason}`);
			const { kind, value } = normalised.identity;
			return store.read(async (reader) => {
				const row = await reader.first(sql<{ profile: number }>`select profile from identity where kind = ${kind} and value = ${value}`);
				return row === undefined ? null : viewProfile(reader, row.profile);
			});
		},
		count: () => store.read(async (reader) => (await reader.first(sql<{ n: number }>`select count(*) as n from profile`))?.n ?? 0),
		attributes: () => store.read((reader) => catalog.entries(reader, 'attribute')),
		importStart: (options) => imports.start(options),
		importChunk: (importId, bytes) => imports.chunk(importId, bytes),
		importEnd: (importId) => imports.end(importId),
	};
}
