import type { Migration } from './migration';

/** What text messages came to. */
export const costOfMessages: Migration = {
	version: 73,
	breaking: false,
	statements: ({ int }) => [
		// Of the last attempt's text; null: of another channel, or sent before this was kept.
		`alter table message add column segments ${int}`,
		// By the price that the step had then, in millionths of whatever currency that was; null: it had none for the country.
		`alter table message add column cost ${int}`,
	],
};
