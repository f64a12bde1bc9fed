import type { Migration } from './migration';

/** Who is still scored by a former version of a model: what the new one changes about them is no doing of theirs. */
export const scoreBuilds: Migration = {
	version: 14,
	breaking: false,
	statements: ({ int }) => [
		// last_id: the newest profile there was; whoever came later was never scored otherwise. version: of all models and stages, as the build began.
		`alter table score_build add column last_id ${int} not null default 9007199254740991`,
		`alter table score_build add column version ${int} not null default 0`,
		// The version that this score was last written by.
		`alter table score add column version ${int} not null default 0`,
	],
};
