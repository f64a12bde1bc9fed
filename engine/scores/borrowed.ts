import type { SegmentRule } from '../segments/types';
import { hundredths } from './levels';

/** A saved segment, or a static list, as rules of scores and stages see it. */
export interface SavedSegment {
	name: string;
	rule: SegmentRule;
	isList: boolean;
}

const DEEPEST = 20;
const NOBODY: SegmentRule = { any: [] };

/**
 * The rule with what it takes from saved segments written out: scores are brought up to date before segments, so they cannot ask
 * who is a member. Then a score follows a change as directly as the segment does. One that does not exist holds for nobody.
 */
export function writtenOut(rule: SegmentRule, saved: ReadonlyMap<string, SavedSegment>, depth = 1): SegmentRule {
	if (depth > DEEPEST) return NOBODY;
	for (const form of ['all', 'any', 'none'] as const) {
		if (form in rule) return { [form]: (rule as Record<string, SegmentRule[]>)[form]?.map((inner) => writtenOut(inner, saved, depth + 1)) } as unknown as SegmentRule;
	}
	if (!('segment' in rule)) return rule;
	const segment = saved.get(rule.segment);
	if (segment === undefined) return NOBODY;
	return segment.isList ? { list: segment.name } : writtenOut(segment.rule, saved, depth + 1);
}

/** Names of the segments that a rule asks for by itself. */
export function segmentsIn(rule: unknown): string[] {
	if (typeof rule !== 'object' || rule === null) return [];
	if ('segment' in rule && typeof rule.segment === 'string') return [rule.segment];
	return ['all', 'any', 'none'].flatMap((form) => {
		const inner = (rule as Record<string, unknown>)[form];
		return Array.isArray(inner) ? inner.flatMap(segmentsIn) : [];
	});
}

/**
 * Model -> totals in hundredths that these rules compare with. A total must not pass one unseen, so that who is in a segment of
 * "score at least 50" is right to the millisecond also while points fade. Both sides of the value: "above 50" begins at 50.01.
 */
export function comparedTotals(rules: readonly unknown[]): Map<string, Set<number>> {
	const totals = new Map<string, Set<number>>();
	const look = (rule: unknown): void => {
		if (typeof rule !== 'object' || rule === null) return;
		if ('score' in rule && typeof rule.score === 'string' && 'value' in rule && typeof rule.value === 'number') {
			const of = totals.get(rule.score) ?? new Set();
			totals.set(rule.score, of.add(Math.ceil(rule.value * 100 - 1e-6)).add(Math.floor(hundredths(rule.value)) + 1));
		}
		for (const form of ['all', 'any', 'none']) {
			const inner = (rule as Record<string, unknown>)[form];
			if (Array.isArray(inner)) inner.forEach(look);
		}
	};
	rules.forEach(look);
	return totals;
}
