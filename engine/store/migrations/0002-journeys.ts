import type { Migration } from './migration';

/** Journeys, steps, enrollments, tokens, leases, memos, goals. States and rules: engine/journeys/types.ts and docs/architecture.md. */
export const journeys: Migration = {
	version: 2,
	breaking: true,
	statements: ({ id, int, json, real, withoutRowid }) => [
		// id: workflow + ':' + trigger step. entry_name / exit_name: the event that may start or end it, '' when none.
		`create table journey (id text primary key, workflow text not null, step text not null, name text not null, config ${json} not null,
			entry_kind text not null, entry_name text not null, exit_name text not null default '', beat_at ${int} not null, created_at ${int} not null)`,
		`create index journey_entry on journey (entry_kind, entry_name)`,

		`create table step (workflow text not null, step text not null, name text not null, type text not null, beat_at ${int},
			seen_at ${int} not null, problem text, primary key (workflow, step)) ${withoutRowid}`,

		// started_at: the entry event's own time; exits and waits ignore what happened before it.
		// time_scale: real milliseconds per journey millisecond (virtual clock of test people), else 1.
		`create table enrollment (id ${id}, journey text not null, workflow text not null, profile ${int} not null, entry_key text not null,
			state text not null, open_tokens ${int} not null, entered_at ${int} not null, ended_at ${int}, end_reason text, end_step text,
			entry_event ${int}, started_at ${int} not null, time_scale ${real} not null default 1)`,
		`create unique index enrollment_once on enrollment (journey, profile, entry_key) where state = 'active'`,
		`create index enrollment_profile on enrollment (profile, journey)`,
		`create index enrollment_journey on enrollment (journey, state)`,

		// watch: the event awaited (hash of the match in \`watch\`), NULL for a plain wait.
		// watch_from: look at events above this number; since_no: fixed by the first claim, where the next leg looks from.
		// lone: claimed alone (retry after a failure). message: the deferred message this token is to send; payload: the item's JSON it is to be sent with.
		`create table token (id text primary key, enrollment ${int} not null, profile ${int} not null, journey text not null, workflow text not null,
			step text not null, parent text, hop ${int} not null, trail text not null, state text not null, epoch ${int} not null default 0,
			nonce text, lease_until ${int}, receipt_epoch ${int} not null default 0, called ${int} not null default 0, due_at ${int} not null, parked_at ${int} not null,
			watch text, watch_name text, watch_from ${int}, since_no ${int}, outcome text, outcome_event ${int}, last_step text,
			message text, payload ${json}, lone ${int} not null default 0, failures ${int} not null default 0, reason text)`,
		`create index token_due on token (workflow, step, due_at) where state = 'parked'`,
		// Not `where state in (...)`: SQLite does not see that state = 'claimed' implies it, and every begin, renew and settle read the whole table.
		`create index token_lease on token (nonce) where nonce is not null`,
		`create index token_expiry on token (workflow, step, lease_until) where state in ('claimed', 'away')`,
		`create index token_enrollment on token (enrollment)`,
		`create index token_watch on token (profile, watch_name) where watch_name is not null`,

		`create table watch (id text primary key, event text not null, rule ${json} not null)`,

		`create table lease (nonce text primary key, workflow text not null, step text not null, size ${int} not null, claimed_at ${int} not null,
			lease_until ${int} not null, begun_at ${int}, steps ${json}, foreign_effects ${int} not null default 0, dropped ${int} not null default 0)`,

		// Remembered: sends and routing choices. touched_epoch: last epoch in which the token came by (rule 12).
		`create table memo (token text not null, step text not null, trail text not null, item_key text not null, kind text not null, value ${json} not null,
			created_epoch ${int} not null, touched_epoch ${int} not null, primary key (token, step, trail, item_key)) ${withoutRowid}`,

		// People who passed a step by an output.
		`create table passage (workflow text not null, step text not null, output text not null, people ${int} not null,
			primary key (workflow, step, output)) ${withoutRowid}`,

		`create table refusal (journey text not null, profile ${int} not null, event ${int}, reason text not null, refused_at ${int} not null)`,
		`create index refusal_profile on refusal (profile)`,

		`create table goal (id text primary key, enrollment ${int} not null, journey text not null, workflow text not null, step text not null, profile ${int} not null,
			name text not null, value text, currency text, reached_at ${int} not null)`,
		`create index goal_journey on goal (journey, name)`,
	],
};
