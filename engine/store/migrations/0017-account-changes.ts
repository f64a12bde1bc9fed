import type { Migration } from './migration';

/**
 * Accounts of which an attribute changed, until their members have been looked at; members up to `looked_to` (a profile's id) have been.
 * Several rows of one account are several changes.
 */
export const accountChanges: Migration = {
	version: 17,
	breaking: false,
	statements: ({ id, int }) => [
		`create table account_change (id ${id}, account ${int} not null, looked_to ${int} not null, historical ${int} not null, changed_at ${int} not null)`,
	],
};
