/** In PostgreSQL's index an entry has 2,704 bytes at most (https://www.postgresql.org/docs/current/btree.html), and a character up to four. */
const LONGEST = 500;

/** A service's id of a message as the ledger holds it; null: longer than any service's is, and nothing is found by it: our own id stands in what callbacks call. */
export function storableProviderId(given: string | null): string | null {
	return given === null || given.length > LONGEST ? null : given;
}
