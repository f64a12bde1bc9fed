import type { Migration } from './migration';

/** What delivery services tell of messages: complaints beside what the ledger had already, and the way from a service's own id of a message to its row. */
export const deliveryReports: Migration = {
	version: 42,
	breaking: false,
	statements: ({ int }) => [
		`alter table message add column complained_at ${int}`,
		// A mail server tells nothing by its id, and other nodes give none: most messages need no entry.
		"create index message_provider_id on message (provider_id) where provider_id > '' and provider <> 'smtp'",
	],
};
