import type { Tx } from './store';

/** What those who work in one transaction leave for each other to know; gone with it. */
export class Noted {
	private readonly notes = new WeakMap<Tx, Set<string>>();

	/** `what`: ids and names, in one order for all. */
	note(tx: Tx, what: ReadonlyArray<readonly unknown[]>): void {
		const known = this.notes.get(tx) ?? new Set();
		for (const one of what) known.add(JSON.stringify(one));
		this.notes.set(tx, known);
	}

	has(tx: Tx, what: readonly unknown[]): boolean {
		return this.notes.get(tx)?.has(JSON.stringify(what)) === true;
	}
}
