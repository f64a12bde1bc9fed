import type { Migration } from './migration';

/** A step may send several templates: its own, and those of its variants. */
export const templatesOfSteps: Migration = {
	version: 72,
	breaking: false,
	// Beside template_use, which has room for one a step and goes on being read: an engine of before this writes to it still.
	statements: ({ int }) => [`create table step_template (workflow text not null, step text not null, key text not null, at ${int} not null, primary key (workflow, step, key))`],
};
