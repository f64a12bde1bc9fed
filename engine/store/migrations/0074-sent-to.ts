import type { Migration } from './migration';

/**
 * To which address, by which service and from which sender of ours a message went on a channel whose answers seldom say what they answer (engine/reports/sent-to.ts).
 * sent_to is a keyed hash. null: on another channel, or before this was kept.
 */
export const sentTo: Migration = {
	version: 74,
	breaking: false,
	statements: () => [
		'alter table message add column sent_to text',
		'alter table message add column sent_from text',
		// The newest message to an address: most messages are mails, and in no such index.
		'create index message_sent_to on message (sent_to, attempted_at) where sent_to is not null',
	],
};
