import type { Migration } from './migration';

/** Score models, people's scores and stages, and the history of their levels. */
export const scores: Migration = {
	version: 8,
	breaking: false,
	statements: ({ id, int, json, real, withoutRowid }) => [
		// follows: a hash of what the stored scores rely on in saved segments: totals that they compare with, rules that they lend.
		`create table score_model (name text primary key, version ${int} not null, config ${json} not null, follows text not null default '',
			created_at ${int} not null, updated_at ${int} not null)`,
		`create table score_model_version (model text not null, version ${int} not null, config ${json} not null, saved_at ${int} not null,
			primary key (model, version)) ${withoutRowid}`,

		// value: the total. parts: what each rule gave, as text, since it is only compared and read whole. due_at: when time alone may change a level.
		`create table score (profile ${int} not null, model text not null, value ${real} not null, fit ${real} not null, engagement ${real} not null,
			grade text not null, bucket text not null, updated_at ${int} not null, parts text not null, due_at ${int},
			primary key (profile, model)) ${withoutRowid}`,
		`create index score_due on score (due_at) where due_at is not null`,

		// kind: 'bucket' | 'grade' | 'stage'; model is '' for stages.
		`create table score_change (id ${id}, profile ${int} not null, model text not null, kind text not null, from_level text, to_level text not null,
			at ${int} not null, cause text not null, why text not null)`,
		`create index score_change_profile on score_change (profile, id)`,
		`create index score_change_model on score_change (model, id)`,

		`create table stage (profile ${int} primary key, stage text not null, since ${int} not null)`,
		`create index stage_name on stage (stage)`,
		`create table stage_recheck (profile ${int} primary key, due_at ${int} not null)`,
		`create index stage_recheck_due on stage_recheck (due_at)`,

		// What is being built in the background: a model by its name, the stages by ''. Everybody up to this profile is done.
		`create table score_build (name text primary key, cursor ${int} not null, cause text not null)`,
	],
};
