import { hashId, type JsonObject } from '../../kernel';
import { fromJsonColumn } from '../watch';

/** How often a way has come out of each Journey Join, by step. */
export type Rounds = Record<string, number>;

/** The one token of a meeting: whoever inserts it first, it is the same. */
export function meetingTokenId(enrollment: number, step: string, round: number): string {
	return hashId('meeting', enrollment, step, round);
}

/** Not by the paths' own trails: behind the join the way must not depend on who came first. */
export function meetingTrail(step: string, round: number): string {
	return hashId('met', step, round);
}

export function roundsOf(column: JsonObject | string | null): Rounds {
	return column === null ? {} : (fromJsonColumn(column) as Rounds);
}

/** Of ways that become one: whatever any of them has been through. */
export function mergeRounds(...all: readonly Rounds[]): Rounds {
	const merged: Rounds = {};
	for (const rounds of all) for (const [step, round] of Object.entries(rounds)) merged[step] = Math.max(merged[step] ?? 0, round);
	return merged;
}
