import type { Segments } from '../segments';
import type { Store } from '../store';
import { route } from './route';
import type { BranchAnswer, BranchItem, BranchPerson, BranchRule, RouteChoice, StepRef, VisitResult } from './types';

/** By this name the way of those for whom no rule holds is remembered and counted. */
export const REMAINDER = 'Remainder';

/**
 * Journey Branch: the first rule that holds, remembered; its output is its place, that of the remainder comes after the last. One look for a
 * batch, whatever the number of rules. Several items of one person in one call are one visit (PROTOCOL 13) and go the way of the first.
 * Throws NOT_FOUND and RULE_INVALID.
 */
export async function branch(deps: { store: Store; segments: Pick<Segments, 'firstMatch'> }, step: StepRef, items: readonly BranchItem[], rules: readonly BranchRule[]): Promise<VisitResult[]> {
	const answers = await tryBranch(deps, rules, items.map(({ stamp, given = [] }) => ({ profile: stamp.profile, enrollment: stamp.enrollment, given })));
	const choices = new Map<string, RouteChoice>();
	for (const [n, { stamp }] of items.entries()) if (!choices.has(stamp.token)) choices.set(stamp.token, choiceOf(answers[n], rules));
	return await route(deps.store, step, items.map(({ index, stamp }) => ({ index, stamp, ...(choices.get(stamp.token) ?? choiceOf(undefined, rules)) })));
}

/** What branch() would choose, for anybody; nothing is stored. */
export async function tryBranch({ segments }: { segments: Pick<Segments, 'firstMatch'> }, rules: readonly BranchRule[], people: readonly BranchPerson[]): Promise<BranchAnswer[]> {
	const places = await segments.firstMatch(rules.map(({ by }) => by), people.map(({ profile, enrollment = null, given = [] }) => ({ profile, enrollment, given })));
	return places.map((place) => (place < 0 ? null : place));
}

function choiceOf(place: BranchAnswer | undefined, rules: readonly BranchRule[]): RouteChoice {
	return typeof place === 'number' ? { output: place, name: rules[place]?.name ?? REMAINDER } : { output: rules.length, name: REMAINDER };
}
