import type { Migration } from './migration';

/** Which template, version and language a message was made of, as last attempted; null: its content stood in the step. */
export const madeOf: Migration = {
	version: 54,
	breaking: false,
	statements: ({ int }) => [
		`alter table message add column template ${int}`,
		`alter table message add column template_version ${int}`,
		'alter table message add column language text',
	],
};
