import type { Migration } from './migration';

const JOURNEY_COLUMNS = [
	'enrollment', 'token', 'refusal', 'goal', 'message', 'journey_gate', 'journey_entries', 'journey_exit', 'journey_goal', 'limit_change', 'enroll_request', 'date_entry', 'date_build',
	'silence_entry', 'broadcast', 'broadcast_run', 'broadcast_person', 'journey_tally_new', 'journey_tally', 'alert',
];

/**
 * A parked contact in half the room (engine/journeys/place.ts): n8n's ids of workflow and step, in every token, its index of due times and the id of its
 * journey in four indexes more, become 8 characters. breaking: an older engine finds neither steps nor journeys.
 */
export const places: Migration = {
	version: 35,
	breaking: true,
	statements: ({ int, withoutRowid, shortStep }) => [
		// Enrollments before tokens, as every transaction (PROTOCOL 3).
		...JOURNEY_COLUMNS.map((table) => `update ${table} set journey = (select ${shortStep('j.workflow', 'j.step')} from journey j where j.id = ${table}.journey) where exists (select 1 from journey j where j.id = ${table}.journey)`),
		`update alert set about = (select ${shortStep('j.workflow', 'j.step')} from journey j where j.id = alert.about) where exists (select 1 from journey j where j.id = alert.about)`,
		`update journey set id = ${shortStep('workflow', 'step')}`,

		`alter table step add column place text`,
		`insert into step (workflow, step, name, type, seen_at) select distinct workflow, step, step, 'unknown', 0 from token t
			where not exists (select 1 from step s where s.workflow = t.workflow and s.step = t.step)`,
		`update step set place = ${shortStep('workflow', 'step')}`,
		`create unique index step_place on step (place)`,

		`alter table token add column place text`,
		`update token set place = ${shortStep('workflow', 'step')}`,
		`drop index token_due`,
		`drop index token_expiry`,
		`alter table token drop column workflow`,
		`alter table token drop column step`,
		// The receipt stands in the lease.
		`alter table token drop column receipt_epoch`,
		// By journey: claims read past none that is paused.
		`create index token_due on token (place, journey, due_at) where state = 'parked'`,
		`create index token_expiry on token (place, lease_until) where state in ('claimed', 'away')`,

		// Nothing asks for it: who is in a journey is found by person, or by the index of active runs, which begins with the journey too.
		`drop index enrollment_journey`,

		// Resumes under way: people at the trigger due at or behind from_at and before below are still to be moved by by_ms. begun_at: who entered since has a new time
		// already. resumes: 0 when the journey was paused again meanwhile.
		`create table journey_shift (journey text primary key, from_at ${int} not null, by_ms ${int} not null, below ${int} not null, begun_at ${int} not null, resumes ${int} not null) ${withoutRowid}`,
	],
};
