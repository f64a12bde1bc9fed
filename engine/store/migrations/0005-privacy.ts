import type { Migration } from './migration';

/** What was done with people's data, and by whom; what an import did, so that it can be undone. */
export const privacy: Migration = {
	version: 5,
	breaking: false,
	statements: ({ id, int, json, withoutRowid }) => [
		// profile: whom it was about; null for bulk operations, and after the person was erased. detail: ids and counts, never personal data.
		`create table audit (id ${id}, at ${int} not null, action text not null, actor text not null, profile ${int}, detail ${json} not null)`,
		`create index audit_at on audit (at)`,
		`create index audit_action on audit (action, at)`,
		`create index audit_profile on audit (profile, at)`,

		// state: running | done | failed | undoing | undone. report: counts so far, written with each batch. line: of the last row stored.
		`create table import (id text primary key, about text not null, source text not null, dry_run ${int} not null, state text not null, report ${json} not null,
			line ${int} not null, started_at ${int} not null, touched_at ${int} not null)`,
		`create index import_started on import (started_at)`,
		// reason never repeats what the row says.
		`create table import_reject (import text not null, line ${int} not null, n ${int} not null, reason text not null, primary key (import, line, n)) ${withoutRowid}`,

		// What an import did to a person. before: attribute -> value it had (null: none). after: attribute -> hash of the value the import left
		// ('' : of all of them, for a person it made). identities: those it added. merged: somebody else became this person since; then it is not undone.
		`create table import_person (import text not null, profile ${int} not null, created ${int} not null, before ${json} not null, after ${json} not null,
			identities ${json} not null, merged ${int} not null default 0, primary key (import, profile)) ${withoutRowid}`,
		`create index import_person_profile on import_person (profile)`,
		`create table import_event (import text not null, profile ${int} not null, event ${int} not null, primary key (import, profile, event)) ${withoutRowid}`,
		`create index import_event_profile on import_event (profile)`,
		// before: the state there was, '' for none. changed_at: of the change the import made; another one since then stays.
		`create table import_consent (import text not null, profile ${int} not null, channel text not null, topic text not null, before text not null,
			before_source text not null, state text not null, changed_at ${int} not null, primary key (import, profile, channel, topic)) ${withoutRowid}`,
		`create index import_consent_profile on import_consent (profile)`,
		`create table import_suppression (import text not null, profile ${int} not null, channel text not null, address text not null,
			primary key (import, profile, channel, address)) ${withoutRowid}`,
		`create index import_suppression_profile on import_suppression (profile)`,
		// Of a dry run, which stores nobody: hashes of whom and what its earlier rows would have made. Dropped at its end.
		`create table import_seen (import text not null, hash text not null, primary key (import, hash)) ${withoutRowid}`,
	],
};
