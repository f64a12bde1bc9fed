import type { Migration } from './migration';

/** What is counted of journeys by the hour, alerts, and who is still to be told of them. Nothing here is about a person. */
export const alerts: Migration = {
	version: 31,
	breaking: false,
	statements: ({ id, int, json, real, withoutRowid }) => [
		// Appended where people enter, are sent to, fail: no row that all of them would wait for. Added up within seconds (engine/alerts/tallies.ts).
		`create table journey_tally_new (id ${id}, journey text not null, at ${int} not null, kind text not null, people ${int} not null)`,
		`create table journey_tally (journey text not null, hour ${int} not null, kind text not null, people ${int} not null, primary key (journey, hour, kind)) ${withoutRowid}`,

		// Over all steps every few seconds; held people are few.
		`create index token_held on token (journey) where state = 'held'`,

		// When the provider refused the account of a sender, and what it said; null since a message left again.
		`alter table step add column refused_at ${int}`,
		`alter table step add column refused_reason text`,

		// Steps with people who are due: mark changes whenever somebody there moves; since: when it was first seen.
		`create table step_still (workflow text not null, step text not null, mark text not null, since ${int} not null, primary key (workflow, step)) ${withoutRowid}`,

		// about: what is unique among the open alerts of a kind (a journey, a step, '' for all sending). facts: what the alert tells, as it was when it began.
		`create table alert (id ${id}, kind text not null, about text not null, journey text, facts ${json} not null, number ${real}, at ${int} not null, over_at ${int})`,
		`create unique index alert_open on alert (kind, about) where over_at is null`,
		`create index alert_over on alert (over_at) where over_at is not null`,

		`create table alert_listener (workflow text not null, step text not null, filter ${json} not null, beat_at ${int} not null, primary key (workflow, step)) ${withoutRowid}`,
		// news: 'raised' or 'resolved'. Deleted when the execution that tells it has ended.
		`create table alert_delivery (id ${id}, workflow text not null, step text not null, alert ${int} not null, news text not null, nonce text, lease_until ${int} not null default 0, tries ${int} not null default 0)`,
		`create index alert_delivery_due on alert_delivery (workflow, step, id)`,
		`create index alert_delivery_nonce on alert_delivery (nonce) where nonce is not null`,
	],
};
