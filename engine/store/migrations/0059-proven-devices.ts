import type { Migration } from './migration';

/**
 * By what a device or browser is known as its person's (engine/devices/proof.ts). null: believed, of a node, an import, or of somebody known before this version; '-': a public write key alone says so; else the user id
 * that a site proved. What strangers have said so far is of nobody's but theirs.
 */
export const provenDevices: Migration = {
	version: 59,
	breaking: false,
	statements: () => [
		'alter table identity add column proven text',
		'alter table web_push_subscription add column proven text',
		`update identity set proven = '-' where kind = 'device' and not exists (select 1 from identity o where o.profile = identity.profile and o.kind not in ('anonymous_id', 'device'))`,
		`update web_push_subscription set proven = '-' where not exists (select 1 from identity o where o.profile = web_push_subscription.profile and o.kind not in ('anonymous_id', 'device'))`,
	],
};
