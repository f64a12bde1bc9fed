import type { Migration } from './migration';

/** Changes whose transaction began before a leg did and ended behind its beginning (engine/journeys/waits/late.ts). PostgreSQL alone has any. */
export const lateChanges: Migration = {
	version: 39,
	breaking: false,
	statements: ({ int, withoutRowid }) => [`create table late_change (token text not null, at ${int} not null, primary key (token, at)) ${withoutRowid}`],
};
