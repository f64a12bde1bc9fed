import type { Migration } from './migration';

/** Counts in the catalogue of what was seen; what retention needs. */
export const events: Migration = {
	version: 7,
	breaking: false,
	statements: ({ int, withoutRowid }) => [
		// For event names and properties; an attribute is not counted. last_at is up to a second late.
		`alter table catalog add column count ${int} not null default 0`,
		`alter table catalog add column last_at ${int}`,
		`create index identified_received on identified (received_at)`,
		// The highest id of an event that was deleted. SQLite gives out the id of a deleted newest row again, and enrollments and tokens
		// remember events by id: a person would be taken for one who has entered by this event already. PostgreSQL's sequences never do.
		...(withoutRowid === ''
			? []
			: [
				`create table event_last (one ${int} primary key, id ${int} not null)`,
				`insert into event_last (one, id) values (1, 0)`,
				`create trigger event_deleted after delete on event when old.id > (select id from event_last)
					begin update event_last set id = old.id; end`,
			]),
	],
};
