import type { Migration } from './migration';

/** Codes that no message has shown come back. */
export const couponBack: Migration = {
	version: 71,
	breaking: false,
	statements: () => [
		// The message that a code was given for; null: it was given to somebody by hand, or shown by another message too, and stays theirs whatever becomes of that one.
		'alter table coupon add column message text',
		'create index coupon_message on coupon (message) where message is not null',
	],
};
