import type { Migration } from './migration';

/** Static lists, rebuilds in the background, the log of who entered and left; what is known of a message after it was sent. */
export const segments: Migration = {
	version: 6,
	breaking: true,
	statements: ({ id, int, withoutRowid }) => [
		// kind: 'rule'; 'list': a static list, whose members are put there by name and whose rule is never looked at; 'gone': deleted, its rows are being removed.
		`alter table segment add column kind text not null default 'rule'`,

		// A rule that is being worked in: people from next_id to last_id have not been looked at yet. people: of how many, for the progress.
		// touched_at: by whoever works at it; left alone for a while, anybody goes on.
		`create table segment_build (segment ${int} not null primary key, next_id ${int} not null, last_id ${int} not null, first_build ${int} not null,
			start_journeys ${int} not null, done ${int} not null default 0, people ${int} not null, touched_at ${int} not null) ${withoutRowid}`,

		// change: 'entered', 'left'. why: 'change', 'time', 'rebuild', 'list'. Those whom a new segment finds are not in it: nothing changed about them.
		`create table segment_change (id ${id}, segment ${int} not null, profile ${int} not null, change text not null, why text not null, at ${int} not null)`,
		`create index segment_change_segment on segment_change (segment, id)`,
		`create index segment_change_profile on segment_change (profile)`,

		// Told by the provider after the message was sent.
		`alter table message add column delivered_at ${int}`,
		`alter table message add column bounced_at ${int}`,
	],
};
