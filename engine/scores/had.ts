import { Noted, type Tx } from '../store';

/**
 * Levels that the other half of a merged person had, in this transaction. Whoever stays gets them by the look that follows the merge, and has reached nothing by that: the
 * half that did has started its journeys then.
 */
const had = new Noted();

interface Level {
	profile: number;
	model: string;
	kind: string;
	to: string;
}

export function noteHad(tx: Tx, levels: readonly Level[]): void {
	had.note(tx, levels.map(keyOf));
}

export function wasHad(tx: Tx, level: Level): boolean {
	return had.has(tx, keyOf(level));
}

function keyOf({ profile, model, kind, to }: Level): unknown[] {
	return [profile, model, kind, to];
}
