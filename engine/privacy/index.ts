import { findProfile, type IdentityOptions, type PersonKeeper } from '../profiles';
import type { Reader, Store } from '../store';
import { auditIn, readAudit } from './audit';
import { eraseIn, NOBODY_FOUND, type EraseParts } from './erase';
import { exportOf } from './export-person';
import type { PrivacyApi } from './types';

export { auditIn, type AuditEntry } from './audit';
export { auditKeeper } from './keeper';
export type * from './types';

export interface PrivacyDeps {
	store: Store;
	/** Everybody who holds something of people; called at each use, since they are collected last. */
	keepers: () => readonly PersonKeeper[];
	suppressErased: EraseParts['suppressErased'];
	identityOptions: (reader: Reader) => Promise<IdentityOptions>;
}

/** What people may ask for: a copy of everything, and to be forgotten; and the log of what was done with their data. */
export function createPrivacy(deps: PrivacyDeps): PrivacyApi {
	const { store } = deps;
	return {
		audit: (query) => store.read((reader) => readAudit(reader, query)),
		exportPerson: (by, { source }) =>
			// A transaction, not a read: on PostgreSQL each statement of a read sees another moment, and the log needs one anyway.
			store.tx('export-person', async (tx) => {
				const profile = await findProfile(tx, by, await deps.identityOptions(tx));
				const whole = profile === null ? null : await exportOf(tx, profile, deps.keepers());
				if (whole !== null) await auditIn(tx, { action: 'person.export', who: source, profile: whole.profile });
				return whole;
			}),
		erasePerson: async (by, { source }) => {
			const report = await store.tx('erase', async (tx) => {
				const options = await deps.identityOptions(tx);
				const profile = await findProfile(tx, by, options);
				if (profile === null) return NOBODY_FOUND;
				return await eraseIn(tx, profile, { keepers: deps.keepers(), suppressErased: deps.suppressErased, identityOptions: options }, source);
			});
			if (report.erased) await store.scrub();
			return report;
		},
	};
}
