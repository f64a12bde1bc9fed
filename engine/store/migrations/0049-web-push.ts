import type { Migration } from './migration';

/** Browsers that people subscribed in (engine/devices). `id` is a hash of the endpoint, which is longer than an index of either database likes. */
export const webPush: Migration = {
	version: 49,
	breaking: false,
	statements: ({ int, withoutRowid }) => [
		`create table web_push_subscription (id text primary key, profile ${int} not null, endpoint text not null, p256dh text not null, auth text not null, created_at ${int} not null, seen_at ${int} not null) ${withoutRowid}`,
		'create index web_push_profile on web_push_subscription (profile)',
	],
};
