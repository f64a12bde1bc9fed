import type { Migration } from './migration';

/**
 * How often somebody was signed up by forms, and somebody signed up others (engine/onsite/sign-up-limits.ts): under keyed hashes, until then. And what a push service is asked about later
 * (engine/reports/receipts), for a day.
 */
export const signUpsAndReceipts: Migration = {
	version: 60,
	breaking: false,
	statements: ({ int, withoutRowid }) => [
		`create table sign_up_count (key text primary key, times ${int} not null, until ${int} not null) ${withoutRowid}`,
		'create index sign_up_count_until on sign_up_count (until)',
		// device: a hash of its token. account: of the access token it was sent with. outcome: null until it is known; kept while other devices of the message are asked for.
		`create table push_receipt (ticket text primary key, message text not null, device text not null, base_url text not null, account text, sent_at ${int} not null, due_at ${int} not null, outcome text, reason text) ${withoutRowid}`,
		'create index push_receipt_due on push_receipt (due_at)',
		'create index push_receipt_message on push_receipt (message)',
	],
};
