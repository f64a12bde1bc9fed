import type { Migration } from './migration';

/** Variants of senders: which one a message is, and what is known of them. */
export const variants: Migration = {
	version: 63,
	breaking: false,
	statements: ({ json }) => [
		// In words, as reports and links show it: "B", of several factors "Subject B, Time A". null: its step has none.
		'alter table message add column variant text',
		// Of variants: the first message for which this was drawn, whose fate is the outcome.
		'alter table assignment add column message text',
		// Of several factors: { factor: { name, at } }, each found once and kept until the round ends.
		`alter table experiment add column factor_winners ${json}`,
	],
};
