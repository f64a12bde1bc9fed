import type { Migration } from './migration';

/** Whether and when who qualifies gets into a journey; journeys that are paused. */
export const admission: Migration = {
	version: 23,
	breaking: true,
	statements: ({ int, withoutRowid }) => [
		// While paused_at is set nobody of the journey is handed out or sent to.
		`alter table journey add column paused_at ${int}`,
		`alter table journey add column paused_reason text`,

		// 1: nothing of marketing is sent in this run.
		`alter table enrollment add column holdout ${int} not null default 0`,

		// A row a journey with an entry rate or cap; whoever enters it locks it. slot_*: engine/journeys/slots.ts; null where no slot was given yet.
		// window_people: sum of journey_entries. capped_at: when more people than the cap allows had entered; null since somebody resumed the journey.
		`create table journey_gate (journey text primary key, slot_base ${int}, slot_taken ${int}, slot_people ${int}, slot_per ${int},
			window_people ${int} not null default 0, capped_at ${int}) ${withoutRowid}`,

		// How many entered when, within the window of the cap.
		`create table journey_entries (journey text not null, at ${int} not null, people ${int} not null, primary key (journey, at)) ${withoutRowid}`,
	],
};
