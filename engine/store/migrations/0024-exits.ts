import type { Migration } from './migration';

/** What ends a journey besides its exit event, and the goals of its trigger. */
export const exits: Migration = {
	version: 24,
	breaking: false,
	statements: ({ int, json, withoutRowid }) => [
		// When the time limit ends it; until when events of the person count for the trigger's goals, also after it has ended. By the person's own clock.
		`alter table enrollment add column expires_at ${int}`,
		`alter table enrollment add column goals_until ${int}`,
		// What has ended leaves the first by itself, and of the second only open windows are read: both need no tidying.
		`create index enrollment_expiry on enrollment (expires_at) where state = 'active' and expires_at is not null`,
		`create index enrollment_goals on enrollment (profile, journey, goals_until) where goals_until is not null`,

		// What a change is looked up by. kind segment: name, detail 'entered' or 'left'; kind consent: channel, detail the topic ('' the whole channel).
		`create table journey_exit (journey text not null, kind text not null, name text not null, detail text not null, primary key (journey, kind, name, detail)) ${withoutRowid}`,
		`create index journey_exit_by on journey_exit (kind, name)`,
		`create table journey_goal (journey text not null, name text not null, event text not null, config ${json} not null, primary key (journey, name)) ${withoutRowid}`,
		`create index journey_goal_event on journey_goal (event)`,

		// Journeys whose limits were edited: which enrollments (by id) still go by the old ones.
		`create table limit_change (journey text primary key, next_id ${int} not null, last_id ${int} not null)`,

		// The event that a goal of a trigger was counted for.
		`alter table goal add column event ${int}`,
		`create index goal_event on goal (event) where event is not null`,
	],
};
