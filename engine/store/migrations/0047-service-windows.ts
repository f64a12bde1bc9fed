import type { Migration } from './migration';

/** When a person last wrote to a sender of ours on a channel that lets one answer freely for a while only (engine/reports/service-window.ts). */
export const serviceWindows: Migration = {
	version: 47,
	breaking: false,
	statements: ({ int }) => [
		`create table service_window (channel text not null, address text not null, sender text not null, at ${int} not null, primary key (channel, address, sender))`,
		'create index service_window_at on service_window (at)',
	],
};
