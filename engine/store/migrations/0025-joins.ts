import type { Migration } from './migration';

/** Journey Join: where the paths of one run meet. Journey Throttle: when the next slot is free. */
export const joins: Migration = {
	version: 25,
	// An older engine would park people without their rounds: in a loop their paths would miss each other.
	breaking: true,
	statements: ({ int, json, withoutRowid }) => [
		// rounds: how often this token's way has come out of each Journey Join, by step. join_round: of a token that waits at one, which meeting it stands for.
		`alter table token add column rounds ${json}`,
		`alter table token add column join_round ${int}`,

		// One visit of an enrollment at a Journey Join; kept until the enrollment ends, so that who comes late is known to be late.
		// arrived: the paths, as a list. ahead: other Journey Joins that can be reached from this one, as a list of steps.
		`create table meeting (enrollment ${int} not null, step text not null, round ${int} not null, workflow text not null, needed ${int} not null,
			arrived ${json} not null, ahead ${json} not null, primary key (enrollment, step, round)) ${withoutRowid}`,
		`create index meeting_step on meeting (workflow, step, enrollment)`,

		// needed: paths that meetings which begin now wait for. recheck_above: fewer are needed than before; meetings of enrollments above this one have not been told.
		`create table join_step (workflow text not null, step text not null, needed ${int} not null, recheck_above ${int}, primary key (workflow, step)) ${withoutRowid}`,

		// Slot k (from 0) is at base_at + floor(k * slot_per_ms / slot_people); taken: how many are given away. people, per_ms: the limit as it is set now.
		`create table throttle (workflow text not null, step text not null, people ${int} not null, per_ms ${int} not null,
			base_at ${int} not null, taken ${int} not null, slot_people ${int} not null, slot_per_ms ${int} not null, primary key (workflow, step)) ${withoutRowid}`,
		// Who has left, by the claim that let them go; of the last per_ms only.
		`create table throttle_left (workflow text not null, step text not null, left_at ${int} not null, people ${int} not null, primary key (workflow, step, left_at)) ${withoutRowid}`,
	],
};
