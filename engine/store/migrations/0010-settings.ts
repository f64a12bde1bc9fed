import type { Migration } from './migration';

/**
 * Versions of the settings, and what the guards need to hold people and to count what they got.
 * breaking: an older engine would send at night and over the caps.
 */
export const settings: Migration = {
	version: 10,
	breaking: true,
	statements: ({ int, json }) => [
		// The newest row is what holds. chosen: only what somebody chose; everything else follows the defaults of the installed version.
		`create table settings_version (version ${int} primary key, at ${int} not null, actor text not null, changed ${json} not null,
			chosen ${json} not null, restored_from ${int})`,
		// Which guard kept the message back last. held_since: when a guard first made it wait; how long it may wait counts from there.
		`alter table message add column guard text`,
		`alter table message add column held_since ${int}`,
		// The rolling windows of the frequency caps, read for each person of a batch.
		`create index message_pressure on message (profile, attempted_at) where attempted_at is not null`,
	],
};
