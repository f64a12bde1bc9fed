import type { Migration } from './migration';

/** Journey Split: who has which path, and what is known of the paths. */
export const experiments: Migration = {
	version: 22,
	breaking: false,
	statements: ({ id, int, json, withoutRowid }) => [
		// A row a published split. round: what is counted together. wagers: engine/experiments/evidence.ts. winner: a path's number.
		`create table experiment (workflow text not null, step text not null, name text not null, config ${json} not null, round ${int} not null, since ${int} not null,
			wagers ${json} not null, winner ${int}, winner_at ${int}, primary key (workflow, step)) ${withoutRowid}`,

		// path: a number that stays when the path is renamed or moved. place: its output now, null where it was removed. The figures are those of the round.
		`create table experiment_path (workflow text not null, step text not null, path ${int} not null, name text not null, place ${int},
			people ${int} not null default 0, matured ${int} not null default 0, conversions ${int} not null default 0, primary key (workflow, step, path)) ${withoutRowid}`,

		// person, run: the profile or the enrollment that keeps this path, by the split's unit; both null: another row does, since two people became one.
		// chances: what each path's probability was, by its number; null where nothing is measured. matures_at: null for who does not count. outcome: 1 converted, 0 not.
		`create table assignment (id ${id}, workflow text not null, step text not null, round ${int} not null, enrollment ${int} not null, profile ${int} not null,
			person ${int}, run ${int}, path ${int} not null, chances ${json}, assigned_at ${int} not null, matures_at ${int}, outcome ${int}, matured_at ${int})`,
		// Not \`where unit = …\`: SQLite uses a partial index only where the query itself implies its condition, and \`person = ?\` implies that it is not null.
		`create unique index assignment_person on assignment (workflow, step, person) where person is not null`,
		`create unique index assignment_run on assignment (workflow, step, run) where run is not null`,
		`create index assignment_due on assignment (workflow, step, matures_at) where matured_at is null and matures_at is not null`,
		`create index assignment_profile on assignment (profile)`,

		// The goals of one run: a metric asks for them.
		`create index goal_enrollment on goal (enrollment, name)`,
	],
};
