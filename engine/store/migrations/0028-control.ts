import type { Migration } from './migration';

/** Journey Control: how long people stand at a step, the way each took, and who was moved by hand. */
export const control: Migration = {
	version: 28,
	breaking: false,
	statements: ({ int, withoutRowid }) => [
		// A histogram a step instead of every duration: bucket numbers and their width are those of engine/journeys/control/step-time.ts.
		`create table step_time (workflow text not null, step text not null, bucket ${int} not null, people ${int} not null, total_ms ${int} not null,
			primary key (workflow, step, bucket)) ${withoutRowid}`,

		// way: the steps passed so far, in the short hand of engine/journeys/control/way.ts; what runs now stands in memo.
		`alter table enrollment add column way text`,
		// When people of this run were last moved by hand: what they got before is not sent again by the same step.
		`alter table enrollment add column moved_at ${int}`,

		// Runs on a virtual clock: each batch that goes on asks who of it is on one.
		`create index enrollment_virtual on enrollment (id) where time_scale <> 1`,
		// Test people are few among millions.
		`create index profile_test on profile (id) where is_test = 1`,
	],
};
