import type { Migration } from './migration';

/** What an import of the engine's own export did to how often people want to be written to, so that it can be undone. */
export const importPreferences: Migration = {
	version: 12,
	breaking: false,
	statements: ({ int, json, withoutRowid }) => [
		// before: as it was, JSON null when nothing was chosen. after: as the import left it; something else since then stays.
		`create table import_preference (import text not null, profile ${int} not null, before ${json} not null, after ${json} not null, primary key (import, profile)) ${withoutRowid}`,
		`create index import_preference_profile on import_preference (profile)`,
	],
};
