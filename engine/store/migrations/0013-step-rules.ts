import type { Migration } from './migration';

/** Which segments and lists a published step asks for. */
export const stepRules: Migration = {
	version: 13,
	breaking: false,
	statements: ({ json }) => [
		// The rules of a step of a published workflow, as far as they are known without an item: what they name may not be deleted.
		`alter table step add column rules ${json}`,
	],
};
