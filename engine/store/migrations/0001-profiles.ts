import type { Migration } from './migration';

/** Profiles, identities, events, segments, consent, settings, and what has been seen (catalog). */
export const profiles: Migration = {
	version: 1,
	breaking: true,
	statements: ({ id, int, json, withoutRowid }) => [
		`create table setting (key text primary key, value ${json} not null, updated_at ${int} not null)`,

		// event_no: the number of the profile's newest event; events are numbered without gaps per profile. Since 0020, only a floor under it.
		`create table profile (id ${id}, created_at ${int} not null, updated_at ${int} not null, event_no ${int} not null default 0,
			is_test ${int} not null default 0, attributes ${json} not null)`,

		`create table identity (kind text not null, value text not null, profile ${int} not null, created_at ${int} not null,
			primary key (kind, value)) ${withoutRowid}`,
		`create index identity_profile on identity (profile)`,
		// One user id a profile, held by the database: two processes may each see a profile that has none yet.
		`create unique index identity_user on identity (profile) where kind = 'user_id'`,

		// historical: imported, or older than a day on arrival; starts no journey.
		`create table event (id ${id}, profile ${int} not null, event_no ${int} not null, name text not null, message_id text,
			source text not null, occurred_at ${int} not null, received_at ${int} not null, properties ${json} not null,
			enrollment ${int}, message text, historical ${int} not null default 0)`,
		`create unique index event_number on event (profile, event_no)`,
		`create unique index event_message on event (message_id)`,
		`create index event_name on event (profile, name, occurred_at)`,

		// Message ids of identify calls, which leave no event: a repeated old one must not set old attributes again.
		`create table identified (message_id text primary key, profile ${int} not null, received_at ${int} not null) ${withoutRowid}`,

		// kind: 'attribute' (name), 'event' (name), 'property' (event name, property name).
		`create table catalog (kind text not null, name text not null, property text not null default '', type text not null,
			seen_at ${int} not null, primary key (kind, name, property, type)) ${withoutRowid}`,

		`create table segment (id ${id}, name text not null unique, rule ${json} not null, created_at ${int} not null, updated_at ${int} not null)`,
		`create table segment_member (segment ${int} not null, profile ${int} not null, entered_at ${int} not null,
			primary key (segment, profile)) ${withoutRowid}`,
		`create index segment_member_profile on segment_member (profile)`,
		// What only time will change: when to look at this profile again for this segment.
		`create table segment_recheck (segment ${int} not null, profile ${int} not null, due_at ${int} not null,
			primary key (segment, profile)) ${withoutRowid}`,
		`create index segment_recheck_due on segment_recheck (due_at)`,

		`create table consent (profile ${int} not null, channel text not null, topic text not null, state text not null,
			source text not null, changed_at ${int} not null, primary key (profile, channel, topic)) ${withoutRowid}`,
		// Addresses that are never written to, whoever they belong to. reason: 'hard-bounce', 'complaint', 'manual'.
		`create table suppression (channel text not null, address text not null, reason text not null, created_at ${int} not null,
			primary key (channel, address)) ${withoutRowid}`,
	],
};
