import type { Migration } from './migration';

/**
 * What came back of messages and no event tells of: by a hash of the service's own id of the report, so that the repeat of a callback counts nothing again. Of people
 * nothing. And the answers to mails: when the first came, of a person and of a machine (out of office).
 */
export const toldReports: Migration = {
	version: 67,
	breaking: false,
	statements: ({ int, withoutRowid }) => [
		`create table told_report (id text primary key, at ${int} not null) ${withoutRowid}`,
		'create index told_report_at on told_report (at)',
		`alter table message add column replied_at ${int}`,
		`alter table message add column auto_replied_at ${int}`,
	],
};
