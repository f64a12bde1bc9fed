import type { Tx } from '../store';

/**
 * Levels that the other half of a merged person had, in this transaction. Whoever stays gets them by the look that follows the merge, and has reached nothing by that: the
 * half that did has started its journeys then.
 */
const had = new WeakMap<Tx, Set<string>>();

interface Level {
	profile: number;
	model: string;
	kind: string;
	to: string;
}

export function noteHad(tx: Tx, levels: readonly Level[]): void {
	const known = had.get(tx) ?? new Set();
	for (const level of levels) known.add(keyOf(level));
	had.set(tx, known);
}

export function wasHad(tx: Tx, level: Level): boolean {
	return had.get(tx)?.has(keyOf(level)) === true;
}

function keyOf({ profile, model, kind, to }: Level): string {
	return JSON.stringify([profile, model, kind, to]);
}
