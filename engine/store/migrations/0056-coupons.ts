import type { Migration } from './migration';

/** Coupon pools and their codes, each given to at most one person. */
export const coupons: Migration = {
	version: 56,
	breaking: false,
	statements: ({ id, int }) => [
		// valid_days: how long a code is good for after it was given; null: as long as the pool. low_at: told when no more than so many are left; 0: never.
		`create table coupon_pool (id ${id}, name text not null unique, expires_at ${int}, valid_days ${int}, low_at ${int} not null, created_at ${int} not null, updated_at ${int} not null)`,

		// code_key: in capital letters; a code is in one pool only, so that an order's code says which it was. profile: null while nobody has it, 0 where they were erased.
		// journey: the workflow that it was given in, or the key of who asked for it. shown: 1 for the one that messages show; after a merge a person may have two of a journey.
		`create table coupon (id ${id}, pool ${int} not null, code text not null, code_key text not null unique, added_at ${int} not null, profile ${int}, journey text, enrollment ${int},
			shown ${int} not null default 0, given_at ${int}, expires_at ${int}, redeemed_at ${int})`,
		'create index coupon_free on coupon (pool, id) where profile is null and redeemed_at is null',
		'create unique index coupon_shown on coupon (pool, profile, journey) where shown = 1',
		'create index coupon_profile on coupon (profile) where profile is not null',
		'create index coupon_pool_codes on coupon (pool, id)',
	],
};
