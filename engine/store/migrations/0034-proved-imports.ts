import type { Migration } from './migration';

/** Which import has added the proof to a consent that stood without: undoing it takes the proof back. */
export const provedImports: Migration = {
	version: 34,
	breaking: false,
	// 1: the state was so already, and the proof that stands beside it since is this import's (`proof`, into `before_proof`).
	statements: ({ int }) => [`alter table import_consent add column proved ${int}`],
};
