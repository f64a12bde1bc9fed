import type { Migration } from './migration';

/**
 * Accounts that were deleted. Their ids are never given again: an unmerge puts people back into accounts by id. `historical`: whether
 * leaving them starts journeys (0) or not (1). And which attributes a merge had no room for.
 */
export const goneAccounts: Migration = {
	version: 19,
	breaking: false,
	statements: ({ int, json, withoutRowid }) => [
		`create table account_gone (id ${int} primary key, historical ${int} not null) ${withoutRowid}`,
		// A list of names; null in merges of versions that did not keep them, and where nothing was left out.
		`alter table profile_merge add column left_out ${json}`,
	],
};
