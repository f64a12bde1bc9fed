import type { Migration } from './migration';

/** Merged profiles and how to take a merge back, declared attribute types, groups (accounts). */
export const identity: Migration = {
	version: 4,
	// An older engine would hand out the id of a merged profile again, to somebody else.
	breaking: true,
	statements: ({ id, int, json, withoutRowid }) => [
		// Ids that are profiles no more. profile: whose data it is now, never itself an alias; null: the person was erased.
		`create table profile_alias (id ${int} primary key, profile ${int})`,
		`create index profile_alias_profile on profile_alias (profile)`,

		// undo: by keeper, what it needs to take the merge back; null once it cannot be taken back any more. undone_at: it was.
		`create table profile_merge (id ${id}, into_profile ${int} not null, from_profile ${int} not null, event_no_offset ${int} not null,
			reason text not null, actor text not null, merged_at ${int} not null, undo ${json}, undone_at ${int})`,
		`create index profile_merge_into on profile_merge (into_profile)`,
		`create index profile_merge_from on profile_merge (from_profile)`,

		`create table attribute_type (name text primary key, type text not null, declared_at ${int} not null) ${withoutRowid}`,

		`create table account (id ${id}, key text not null unique, attributes ${json} not null, created_at ${int} not null, updated_at ${int} not null)`,
		`create table account_member (account ${int} not null, profile ${int} not null, joined_at ${int} not null, primary key (account, profile)) ${withoutRowid}`,
		`create index account_member_profile on account_member (profile)`,

		// What a merge and an export look up by person.
		`create index goal_profile on goal (profile)`,
		`create index identified_profile on identified (profile)`,
	],
};
