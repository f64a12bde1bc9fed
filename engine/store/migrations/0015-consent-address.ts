import type { Migration } from './migration';

/** Where a double opt-in was asked: null for requests from before, and on channels that have no address. */
export const consentAddress: Migration = {
	version: 15,
	breaking: false,
	statements: () => [`alter table consent_request add column address text`],
};
