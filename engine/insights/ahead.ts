import type { DrawnStep } from '../journeys/types';
import type { ExplainedAhead, ExplainedPlace } from './types';

const MOST_AHEAD = 30;

/**
 * The nodes to which a way leads from where somebody stands, the nearest first. Whether they take it is decided on the way. A place that is
 * drawn no more leads nowhere.
 */
export function aheadOf(drawing: readonly DrawnStep[], places: ReadonlyArray<Pick<ExplainedPlace, 'stepId'>>): ExplainedAhead[] {
	const drawn = new Map(drawing.map((one) => [one.step, one]));
	const found = new Map<string, ExplainedAhead>();
	let ring = places.map(({ stepId }) => stepId);
	for (let steps = 1; ring.length > 0; steps += 1) {
		ring = [...new Set(ring.flatMap((step) => drawn.get(step)?.to ?? []))].filter((step) => drawn.has(step) && !found.has(step));
		for (const step of ring) found.set(step, { stepId: step, step: drawn.get(step)?.name ?? step, sends: drawn.get(step)?.sends ?? false, steps });
	}
	return [...found.values()];
}

/** What is told of them: the nearest, and every message. */
export function toldAhead(ahead: readonly ExplainedAhead[]): ExplainedAhead[] {
	const near = new Set(ahead.slice(0, MOST_AHEAD));
	return ahead.filter((one) => near.has(one) || one.sends).slice(0, 2 * MOST_AHEAD);
}
