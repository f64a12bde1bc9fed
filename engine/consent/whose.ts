import { normaliseIdentity, resolveProfiles, type IdentityOptions, type IdentitySet } from '../profiles';
import type { Tx } from '../store';
import type { Whose } from './types';

export type Found = { profile: number } | { reason: string };

/** The profile of each, by id or identity, old ids of merged people included; nobody is made. A constant number of statements. */
export async function findAll(tx: Tx, whose: readonly Whose[], options: IdentityOptions): Promise<Found[]> {
	const sets: IdentitySet[] = [];
	const places: Array<number | string> = whose.map((one) => {
		if ('profileId' in one) {
			if (!Number.isSafeInteger(one.profileId)) return 'The profile id is not a whole number.';
			return sets.push({ profileId: one.profileId, identities: [] }) - 1;
		}
		const found = normaliseIdentity(one.kind, one.value, options);
		return found.ok ? sets.push({ identities: [found.identity] }) - 1 : found.reason;
	});
	const { profiles } = sets.length === 0 ? { profiles: [] } : await resolveProfiles(tx, sets, { create: false, test: false });
	return places.map((place, index) => {
		if (typeof place === 'string') return { reason: place };
		const profile = profiles[place];
		return profile === null || profile === undefined ? { reason: nobody(whose[index]) } : { profile };
	});
}

/** As `findAll`, of things about people that the caller has a look at first: one that has a fault finds nobody, for that reason. */
export async function findUsable<Item extends { whose: Whose }>(tx: Tx, items: readonly Item[], faultOf: (item: Item) => string | null, options: IdentityOptions): Promise<Found[]> {
	const faults = items.map(faultOf);
	const found = await findAll(tx, items.flatMap((item, index) => (faults[index] === null ? [item.whose] : [])), options);
	let next = 0;
	return faults.map((fault) => (fault === null ? (found[next++] ?? { reason: 'Nobody was found.' }) : { reason: fault }));
}

function nobody(whose: Whose | undefined): string {
	return whose === undefined || 'profileId' in whose ? 'No profile has this id.' : `No profile has this ${whose.kind.replace(/_/g, ' ')}.`;
}
