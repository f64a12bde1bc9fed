import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { SegmentTracker } from '../segments';
import type { Reader, Store, Tx } from '../store';
import { declaredTypes, declareType } from './attribute-types';
import { Catalog } from './catalog';
import type { IdentityRules } from './identity-rules';
import { findProfile, joinProfiles, lockedProfiles } from './join';
import type { AuditCall, AuditWriter, Merging } from './merge';
import type { ProfilesApi, ProfileInput, UpsertOptions, UpsertReport } from './types';
import { mergeHistory, unmergeIn } from './unmerge';
import type { SaidListener } from './said';
import { BATCH, upsertIn, type UpsertedIn, type UpsertInOptions } from './upsert';
import { viewProfile, type ScoresOf, type PersonDevicesOf, type SuppressedOf } from './view';

export type * from './types';
export { currentProfiles } from './alias';
export { letTogether } from './apart';
export { coerceAll, declaredTypes, inferredType, type DeclaredTypes } from './attribute-types';
export { applyAttributes, type AttributeChange, type AttributesChanged, type AttributeStep } from './attributes';
export { Catalog } from './catalog';
export { addDecimals } from './decimal';
export { lastEventNos, lastEventNoSql, raiseEventFloors } from './event-number';
export { createGroupFollower, type GroupFollower } from './follow-groups';
export { changeGroups, readGroupKey } from './groups';
export { createGroups, type GroupsDeps } from './groups-api';
export { admitIdentity, identityLimit, isBlocked, normaliseIdentity, type IdentityOptions, type NormalisedIdentity } from './identity';
export { identityRulesOf, type IdentityRules, type IdentitySettings } from './identity-rules';
export type { Merge, PersonKeeper } from './keeper';
export { findProfile } from './join';
export { leftInWords } from './left';
export { lockFound, lockProfiles } from './lock';
export type { AuditCall, AuditWriter, Merging } from './merge';
export { profilesKeeper } from './own-keeper';
export { readPerson, type GivenPerson, type Person } from './person';
export { countryOf, countryOfPhone, LOCATION_FROM, locationOf, readLocation, ZONE_FROM, zoneOf, type Whereabouts } from './place';
export { resolveProfiles, type IdentitySet, type LeftIdentity, type Resolved, type ResolveOptions } from './resolve';
export type { Said, SaidListener } from './said';
export { testPeopleAfter } from './test-people';
export { unmergeIn } from './unmerge';
export type { UpsertedIn } from './upsert';
export { LARGEST_ATTRIBUTES_BYTES } from './room';
export { cleanText, storable, storedObject, LARGEST_JSON_BYTES, type Storable } from './storable';

export interface ProfilesDeps {
	store: Store;
	segments: SegmentTracker;
	/** Default country, limits and blocked values, as the settings have them. Absent: the defaults, and no default country. */
	identityOptions?: IdentityRules;
	/** What makes one person of several profiles. Absent: nobody is merged; an identity that belongs to somebody else stays there. */
	merging?: Merging;
	audit?: AuditWriter;
	/** The zone of people whose own is not known. Default UTC. */
	zone?: (reader?: Reader) => Promise<string>;
	/** Ends what people run on a virtual clock, who are no test people any more. Absent: nobody runs on one. */
	endVirtual?: (tx: Tx, profiles: readonly number[]) => Promise<unknown>;
	/** Which of a person's addresses are never written to. Absent: nobody knows of any. */
	suppressed?: SuppressedOf;
	/** Absent: nobody has any. */
	devices?: PersonDevicesOf;
	/** Scores of people as of now. Absent: there are none. */
	scores?: ScoresOf;
	/** Told what `upsert` says of people; an import, which uses `upsertIn`, notes that itself. */
	said?: SaidListener;
}

export interface Profiles extends ProfilesApi {
	/** As `upsert`, at most 500, within a transaction of the caller, who may hold locks of these profiles only. */
	upsertIn(tx: Tx, batch: readonly ProfileInput[], options: UpsertInOptions): Promise<UpsertedIn>;
}

/** Profiles: who people are and what is known about them. Throws BAD_INPUT and the store's errors. */
export function createProfiles(deps: ProfilesDeps): Profiles {
	const { store, segments, merging, identityOptions = () => Promise.resolve({}), zone = () => Promise.resolve('UTC'), suppressed = () => Promise.resolve([]), devices = () => Promise.resolve([]), scores = () => Promise.resolve(new Map()) } = deps;
	const catalog = new Catalog();
	const parts = { segments, catalog, ...(merging === undefined ? {} : { merging }), ...(deps.endVirtual === undefined ? {} : { endVirtual: deps.endVirtual }) };

	async function upsert(batch: ProfileInput[], options: UpsertOptions): Promise<UpsertReport> {
		if (!Array.isArray(batch)) throw new EngineError('BAD_INPUT', 'A batch of profiles is a list.');
		const identity = await identityOptions();
		const whole: UpsertReport = { created: 0, updated: 0, profiles: [], rejected: [] };
		const call: AuditCall = { entry: null };
		for (let from = 0; from < batch.length; from += BATCH) {
			const part = await store.tx('upsert', async (tx) => {
				const done = await upsertIn(tx, { ...parts, ...(deps.said === undefined ? {} : { said: deps.said }) }, batch.slice(from, from + BATCH), { ...options, ...identity });
				const [created, updated] = [whole.created + done.created, whole.updated + done.updated];
				if (options.audited !== false && created + updated > 1) await deps.audit?.(tx, [{ action: 'profile.upsert', who: options.source, count: created + updated, detail: { created, updated }, call }]);
				return done;
			});
			whole.created += part.created;
			whole.updated += part.updated;
			whole.profiles.push(...part.profiles);
			whole.rejected.push(...part.rejected.map(({ index, reason }) => ({ index: index + from, reason })));
			if (part.left !== undefined) whole.left = [...(whole.left ?? []), ...part.left.map((left) => ({ ...left, index: left.index + from }))];
		}
		whole.rejected.sort((a, b) => a.index - b.index);
		return whole;
	}

	function able(): Merging {
		if (merging === undefined) throw new EngineError('INTERNAL', 'This engine was put together without what merging profiles takes.');
		return merging;
	}

	/** After a merge or an unmerge: nobody has done anything, so no journey starts. */
	async function lookAgain(tx: Tx, profiles: readonly number[]): Promise<void> {
		await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), looked: new Set(profiles), historical: true });
	}

	return {
		upsert,
		upsertIn: async (tx, batch, options) => upsertIn(tx, parts, batch, { ...options, ...(await identityOptions(tx)) }),
		get: (by, options = {}) =>
			store.read(async (reader) => {
				const profile = await findProfile(reader, by, await identityOptions(reader));
				return profile === null ? null : viewProfile(reader, profile, { ...options, zone: options.zone ?? (await zone(reader)), suppressed, scores, devices });
			}),
		count: () => store.read(async (reader) => (await reader.first(sql<{ n: number }>`select count(*) as n from profile`))?.n ?? 0),
		attributes: () => store.read((reader) => catalog.entries(reader, 'attribute')),
		declareType: (attribute, type, { source = 'api' } = {}) =>
			store.tx('declare-type', async (tx) => {
				const declared = await declareType(tx, attribute, type);
				if (declared !== null) await deps.audit?.(tx, [{ action: 'attributeType.set', who: source, detail: { attribute: declared, type } }]);
			}),
		declaredTypes: () =>
			store.read(async (reader) => [...(await declaredTypes(reader))].map(([attribute, type]) => ({ attribute, type })).sort((a, b) => (a.attribute < b.attribute ? -1 : 1))),
		merge: async (one, other, { keep = 'rule', who = 'api' } = {}) => {
			const identity = await identityOptions();
			return await store.tx('merge', async (tx) => {
				const joined = await joinProfiles(tx, able(), { one, other, keep }, identity, who);
				if (joined.merged !== null) await lookAgain(tx, [joined.profile]);
				return joined;
			});
		},
		unmerge: async (by, { who = 'api' } = {}) => {
			const identity = await identityOptions();
			return await store.tx('unmerge', async (tx) => {
				const [profile = 0] = await lockedProfiles(tx, [by], identity);
				const { restored } = await unmergeIn(tx, able(), profile, who);
				await lookAgain(tx, [profile, restored]);
				return { profile, restored };
			});
		},
		merges: (by) =>
			store.read(async (reader) => {
				const profile = await findProfile(reader, by, await identityOptions(reader));
				if (profile === null) throw new EngineError('NOT_FOUND', 'No profile has this identity or id.');
				return mergeHistory(reader, profile);
			}),
	};
}
