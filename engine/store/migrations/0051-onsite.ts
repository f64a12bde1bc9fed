import type { Migration } from './migration';

/** What waits to be shown to a person on a page: a row a message, from its being sent until some weeks after its expiry. */
export const onSite: Migration = {
	version: 51,
	breaking: false,
	statements: ({ int, json }) => [
		// content: as rendered for the person. rules: on which pages and when. most_shows 0: as often as it fits. open: 1 while it may still be shown. sign_ups: how often its form was sent.
		`create table onsite_message (message text primary key, profile ${int} not null, kind text not null, slot text, content ${json} not null, rules ${json} not null,
			priority ${int} not null, any_browser ${int} not null, recall ${int} not null, most_shows ${int} not null, gap_ms ${int} not null, queued_at ${int} not null, expires_at ${int} not null,
			open ${int} not null default 1, shows ${int} not null default 0, last_shown_at ${int}, read_at ${int}, clicked_at ${int}, dismissed_at ${int}, answered_at ${int}, sign_ups ${int} not null default 0)`,
		'create index onsite_message_profile on onsite_message (profile, open)',
		'create index onsite_message_expiry on onsite_message (expires_at)',
	],
};
