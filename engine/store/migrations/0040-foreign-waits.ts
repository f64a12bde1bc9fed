import type { Migration } from './migration';

/** How often the execution of a lease may wait in nodes that are not ours: nobody tells the engine what became of it afterwards (engine/journeys/away.ts). */
export const foreignWaits: Migration = {
	version: 40,
	breaking: false,
	// null: it began before this was known.
	statements: ({ int }) => [`alter table lease add column foreign_waits ${int}`],
};
