import type { Migration } from './migration';

/** What became of a broadcast, counted while it runs (refusals hold no run, and to count them later would read them all); and how a workflow is drawn, for what lies ahead of somebody. */
export const figuresAndDrawings: Migration = {
	version: 41,
	breaking: false,
	statements: ({ int, json }) => [
		// People its rule held for when the run came to them; null: nobody counted, before there was this.
		`alter table broadcast_run add column meant ${int}`,
		// How many of them did not come in, by reason; null: none.
		`alter table broadcast_run add column refused ${json}`,

		// As last seen in n8n: its steps, and where their outputs lead.
		`create table drawing (workflow text primary key, steps ${json} not null, noted_at ${int} not null)`,
	],
};
