import type { Migration } from './migration';

/** What was opened and clicked in the last seconds, until what comes with it tells whether a person did it (engine/tracking/visits.ts); and machines' opens and clicks, counted apart. */
export const visits: Migration = {
	version: 46,
	breaking: false,
	statements: ({ int, id }) => [
		`create table visit (id ${id}, message text not null, kind text not null, link ${int}, url text, visitor text not null, at ${int} not null)`,
		'create index visit_message on visit (message, at)',
		`alter table message add column machine_opens ${int} not null default 0`,
		`alter table message add column machine_clicks ${int} not null default 0`,
	],
};
