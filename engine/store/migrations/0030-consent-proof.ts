import type { Migration } from './migration';

/** What proves a consent that was given elsewhere, before an import brought it here. */
export const consentProof: Migration = {
	version: 30,
	breaking: false,
	statements: ({ int, json }) => [
		// When and where the person gave it, as the import says; null: given here, at changed_at (or at), by way of source.
		`alter table consent add column given_at ${int}`,
		`alter table consent add column given_source text`,
		`alter table consent_history add column given_at ${int}`,
		`alter table consent_history add column given_source text`,
		// {givenAtMs, givenSource, textVersion, ip} of the state the import says, and of the one before it: undoing an import gives the proof back, too.
		`alter table import_consent add column proof ${json}`,
		`alter table import_consent add column before_proof ${json}`,
	],
};
