import type { Migration } from './migration';

/** A person's segments are found by way of all segments and the primary key: there are few of them, and every change of a membership paid for the index. */
export const members: Migration = {
	version: 16,
	breaking: false,
	statements: () => [`drop index segment_member_profile`],
};
