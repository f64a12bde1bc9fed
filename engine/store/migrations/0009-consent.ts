import type { Migration } from './migration';

/**
 * Consent with its proof, double opt-in, do-not-sell, suppression of erased people, what people prefer.
 * breaking: an older engine would mail addresses of erased people, and change consent without a trace.
 */
export const consent: Migration = {
	version: 9,
	breaking: true,
	statements: ({ id, int, json, withoutRowid }) => [
		// What the person was shown when they decided, and from where; ip only when the settings allow it.
		`alter table consent add column text_version text`,
		`alter table consent add column ip text`,

		// Append-only: every choice of every person. kind: 'consent', 'do-not-sell', 'preference' (topic: which one). previous: null is none before.
		`create table consent_history (id ${id}, profile ${int} not null, kind text not null, channel text not null, topic text not null, state text not null,
			previous text, source text not null, at ${int} not null, text_version text, ip text, seen ${json})`,
		`create index consent_history_profile on consent_history (profile, id)`,

		// Double opt-in: asked for, not yet confirmed. The link carries the id.
		`create table consent_request (id text primary key, profile ${int} not null, channel text not null, topic text not null, text_version text not null,
			source text not null, requested_at ${int} not null, expires_at ${int} not null, confirmed_at ${int}) ${withoutRowid}`,
		`create index consent_request_profile on consent_request (profile, requested_at)`,

		`create table do_not_sell (profile ${int} primary key, active ${int} not null, source text not null, changed_at ${int} not null) ${withoutRowid}`,

		`alter table suppression add column source text not null default ''`,
		// Addresses of erased people, as salted hashes: they cannot be listed, only asked for.
		`create table suppression_erased (channel text not null, hash text not null, created_at ${int} not null, primary key (channel, hash)) ${withoutRowid}`,

		// null: as it was before anybody chose. paused_until: no marketing before then.
		`create table preference (profile ${int} primary key, max_per_week ${int}, paused_until ${int}, language text, updated_at ${int} not null) ${withoutRowid}`,
	],
};
