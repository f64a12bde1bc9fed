import type { Migration } from './migration';

/** Waits for more than a time or an event, where a leg began, and what is done about a late wake-up. */
export const waits: Migration = {
	version: 26,
	breaking: true,
	statements: ({ int, json, withoutRowid }) => [
		// awaits: 'segment', 'consent', 'message' (something happens), 'attribute' (the due time follows it); null: a time or an event.
		// awaits_key: the segment's id, the channel, the message's id, the attribute's name. awaits_rule: the whole of it, in `watch`.
		`alter table token add column awaits text`,
		`alter table token add column awaits_key text`,
		`alter table token add column awaits_rule text`,
		`create index token_awaits on token (profile, awaits) where awaits is not null`,
		// When this leg began: what has no event number is looked back at by time.
		`alter table token add column leg_at ${int}`,
		// When it should have gone on, and how much later (real milliseconds) counts as late; null: never.
		`alter table token add column planned_at ${int}`,
		`alter table token add column late_after ${int}`,

		// At which local hours a sample of people opens and clicks. scope: '' everybody, else a segment's id. hours: 24 counts.
		`create table send_hour (scope text primary key, hours ${json} not null, made_at ${int} not null) ${withoutRowid}`,
	],
};
