import type { Migration } from './migration';

/**
 * Which executions of n8n may hold items of people, for the report of an erasure, and events on their way to the process that starts executions.
 * breaking: an older engine would leave what is kept here of people who are erased.
 */
export const executions: Migration = {
	version: 33,
	breaking: true,
	statements: ({ id, int, withoutRowid }) => [
		// execution: n8n's id; '' stands for all of a workflow whose successful executions n8n does not keep. many: of more people than are named, or nobody knows of whom.
		// carries: it carried people of the workflow's journeys. Rows go when n8n has forgotten the execution too (setting executionDays).
		`create table execution (id ${id}, workflow text not null, execution text not null, many ${int} not null, carries ${int} not null, first_at ${int} not null, last_at ${int} not null)`,
		`create unique index execution_of on execution (workflow, execution)`,
		`create index execution_last on execution (last_at)`,
		`create index execution_many on execution (workflow, id) where many = 1`,
		`create table execution_person (execution ${int} not null, profile ${int} not null, primary key (execution, profile)) ${withoutRowid}`,
		`create index execution_person_profile on execution_person (profile)`,

		// Accepted events that another process took than the one whose trigger emits them. event: JSON as it came, which no jsonb need take. batch: the key under which they were handed to n8n, until that execution has ended.
		`create table collected_event (id ${id}, workflow text not null, profile ${int} not null, event text not null, bytes ${int} not null, at ${int} not null, batch text)`,
		`create index collected_event_workflow on collected_event (workflow, batch, id)`,
		`create index collected_event_profile on collected_event (profile)`,
	],
};
