import { findProfile, type IdentityOptions, type PersonKeeper } from '../profiles';
import type { Reader, Store, Tx } from '../store';
import { auditIn, readAudit } from './audit';
import { eraseIn, NOBODY_FOUND, type EraseParts } from './erase';
import { exportOf } from './export-person';
import { ExecutionNotes, pruneExecutions } from './note-execution';
import type { CallingExecution, PrivacyApi } from './types';

export { auditIn, type AuditEntry } from './audit';
export { executionsKeeper } from './executions-keeper';
export { auditKeeper } from './keeper';
export type * from './types';

export interface PrivacyDeps {
	store: Store;
	/** Everybody who holds something of people; called at each use, since they are collected last. */
	keepers: () => readonly PersonKeeper[];
	suppressErased: EraseParts['suppressErased'];
	identityOptions: (reader: Reader) => Promise<IdentityOptions>;
	/** The setting `executionDays`. */
	executionDays: (reader?: Reader) => Promise<number>;
}

export interface Privacy extends PrivacyApi {
	/** An execution carries people of journeys, within the transaction in which it begins. */
	begunIn(tx: Tx, execution: CallingExecution): Promise<void>;
	/** Forgets executions that n8n has forgotten, a bounded number a call. more: call it again soon. */
	prune(): Promise<{ more: boolean }>;
}

/** What people may ask for: a copy of everything, and to be forgotten; and the log of what was done with their data. */
export function createPrivacy(deps: PrivacyDeps): Privacy {
	const { store, executionDays } = deps;
	const notes = new ExecutionNotes(store, executionDays);
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
		erasePerson: async (by, { source, execution }) => {
			const report = await store.tx('erase', async (tx) => {
				const options = await deps.identityOptions(tx);
				const profile = await findProfile(tx, by, options);
				if (profile === null) return NOBODY_FOUND;
				const parts = { keepers: deps.keepers(), suppressErased: deps.suppressErased, identityOptions: options, executionDays: await executionDays(tx), ...(execution === undefined ? {} : { execution }) };
				return await eraseIn(tx, profile, parts, source);
			});
			if (report.erased) await store.scrub();
			return report;
		},
		noteExecutions: (executions, people) => notes.note(executions, people),
		begunIn: (tx, execution) => notes.begunIn(tx, execution),
		prune: async () => await pruneExecutions(store, await executionDays()),
	};
}
