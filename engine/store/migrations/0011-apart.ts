import type { Migration } from './migration';

/** People who were unmerged and stay apart, and what a leg under way has to know of a merge. */
export const apart: Migration = {
	version: 11,
	// An older engine would make one person again of people whom somebody has taken apart.
	breaking: true,
	statements: ({ int, withoutRowid }) => [
		// Each pair in both directions, under the ids of the unmerge: an id that was merged since leads on (profile_alias), so no merge rewrites it.
		`create table profile_apart (one_profile ${int} not null, other_profile ${int} not null, since ${int} not null, primary key (one_profile, other_profile)) ${withoutRowid}`,

		// Event numbers (above, upto] of the enrollment's person came from the other half by a merge: they do not stand in the order of arrival.
		`create table merged_events (enrollment ${int} not null, above ${int} not null, upto ${int} not null)`,
		`create index merged_events_enrollment on merged_events (enrollment)`,
		// When the leg began, UTC ms; set by a merge only. watch_at: when that of the parent did.
		`alter table token add column since_at ${int}`,
		`alter table token add column watch_at ${int}`,
	],
};
