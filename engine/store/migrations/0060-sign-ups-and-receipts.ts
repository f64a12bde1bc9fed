import type { Migration } from './migration';

/** How often somebody was signed up by forms, and somebody signed up others (engine/onsite/sign-up-limits.ts): under keyed hashes, until then. */
export const signUpsAndReceipts: Migration = {
	version: 60,
	breaking: false,
	statements: ({ int, withoutRowid }) => [
		`create table sign_up_count (key text primary key, times ${int} not null, until ${int} not null) ${withoutRowid}`,
		'create index sign_up_count_until on sign_up_count (until)',
	],
};
