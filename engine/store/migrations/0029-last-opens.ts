import type { Migration } from './migration';

/** When a message was opened and clicked last: a condition with a window asks whether it happened lately, not whether it began lately. */
export const lastOpens: Migration = {
	version: 29,
	breaking: false,
	statements: ({ int }) => [
		// null: not since this column is there; then the first time counts. Not filled in here: that would write every row of the ledger.
		`alter table message add column last_opened_at ${int}`,
		`alter table message add column last_clicked_at ${int}`,
	],
};
