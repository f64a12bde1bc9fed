import type { Migration } from './migration';

/**
 * Ways into a journey besides events, segments and scores. breaking: an older engine would let nobody in at their date, and would leave
 * what is kept here of people who are erased.
 */
export const entries: Migration = {
	version: 27,
	breaking: true,
	statements: ({ id, int, json, withoutRowid }) => [
		// What brought them in where no event did, in an event's form: { name, properties, given }. given: by whoever enrolled them, so that it always travels.
		`alter table enrollment add column entered_by ${json}`,

		// Journey Control: Enroll, by the caller's own id of the request: a repeated one lets nobody in twice. nth: of one person's several in one request.
		`create table enroll_request (id ${id}, journey text not null, request text not null, profile ${int} not null, nth ${int} not null, enrollment ${int} not null, at ${int} not null)`,
		`create index enroll_request_profile on enroll_request (profile, journey, request)`,
		`create index enroll_request_at on enroll_request (at)`,

		// Journeys that start by a date of the person. day: of the occurrence that is waited for, as the person's calendar has it; enters_at: its instant, as far
		// as known; due_at: when to look, null: nothing is to come. done_day: the occurrences up to this day are over.
		`create table date_entry (journey text not null, profile ${int} not null, day text, enters_at ${int}, due_at ${int}, done_day text, primary key (journey, profile)) ${withoutRowid}`,
		`create index date_entry_due on date_entry (due_at) where due_at is not null`,
		`create index date_entry_profile on date_entry (profile)`,
		// Published anew: people from next_id to last_id have not been looked at yet.
		`create table date_build (journey text primary key, next_id ${int} not null, last_id ${int} not null)`,

		// Journeys that start when a message was not opened, or not clicked, within some time.
		`create table silence_entry (journey text not null, message text not null, profile ${int} not null, due_at ${int} not null, primary key (message, journey)) ${withoutRowid}`,
		`create index silence_entry_due on silence_entry (due_at)`,
		`create index silence_entry_profile on silence_entry (profile)`,

		// Broadcasts. plan: what next_at was worked out from. next_at: null when no occurrence is to come.
		`create table broadcast (journey text primary key, plan text not null, next_at ${int}, occurs_at ${int})`,
		`create index broadcast_next on broadcast (next_at) where next_at is not null`,
		// state: 'running', 'done', 'missed'. People from next_id to last_id have not been looked at yet. free_at: when the next one may go on, by the rate.
		`create table broadcast_run (journey text not null, occurs_at ${int} not null, state text not null, next_id ${int} not null, last_id ${int} not null, entered ${int} not null,
			free_at ${int} not null, started_at ${int} not null, ended_at ${int}, reason text, primary key (journey, occurs_at)) ${withoutRowid}`,
		`create index broadcast_running on broadcast_run (state) where state = 'running'`,
		// People of a run whose turn is later: their own local time.
		`create table broadcast_person (journey text not null, occurs_at ${int} not null, profile ${int} not null, due_at ${int} not null, primary key (journey, occurs_at, profile)) ${withoutRowid}`,
		`create index broadcast_person_due on broadcast_person (due_at)`,
		`create index broadcast_person_profile on broadcast_person (profile)`,
	],
};
