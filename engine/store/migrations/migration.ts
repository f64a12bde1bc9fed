import type { Dialect } from '../dialect';

/** Append-only: a migration that has shipped is never edited, only followed. */
export interface Migration {
	version: number;
	/** An older engine cannot work with a database that has this migration; it then refuses to open it. */
	breaking: boolean;
	statements(types: Dialect['types']): string[];
}
