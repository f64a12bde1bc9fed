import { checkEventMatch, checkPropertyFilter } from '../events';
import { EngineError } from '../kernel';
import type { AttributeRule, EventRule, SegmentRule } from './types';

const DEEPEST = 20;
const MOST_CONDITIONS = 200;
const LONGEST_WINDOW_SECONDS = 100 * 366 * 24 * 60 * 60;
const LARGEST_COUNT = 100_000;

/** What a rule looks at: only changes of these can change its members; `timed` rules change with time alone, too. */
export interface RuleReach {
	events: ReadonlySet<string>;
	/** First part of each path. */
	attributes: ReadonlySet<string>;
	timed: boolean;
}

export type RuleShape =
	| { kind: 'all' | 'any' | 'none'; rules: SegmentRule[] }
	| { kind: 'attribute'; rule: AttributeRule }
	| { kind: 'event'; rule: EventRule };

/** Which of the five forms a rule has. Throws RULE_INVALID when it has none, or more than one. */
export function shapeOf(rule: SegmentRule): RuleShape {
	if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) throw invalid('A segment rule is an object.');
	const forms = (['all', 'any', 'none', 'attribute', 'event'] as const).filter((form) => form in rule);
	const [kind] = forms;
	if (forms.length !== 1 || kind === undefined) throw invalid('A segment rule has exactly one of: all, any, none (lists of rules), attribute, event.');
	if (kind === 'attribute') return { kind, rule: rule as AttributeRule };
	if (kind === 'event') return { kind, rule: rule as EventRule };
	const rules = (rule as Record<string, unknown>)[kind];
	if (!Array.isArray(rules)) throw invalid(`"${kind}" in a segment rule is a list of rules.`);
	return { kind, rules: rules as SegmentRule[] };
}

/** All conditions of a rule, as they stand. */
export function* conditionsOf(rule: SegmentRule): Generator<AttributeRule | EventRule> {
	const shape = shapeOf(rule);
	if (shape.kind === 'attribute' || shape.kind === 'event') yield shape.rule;
	else for (const inner of shape.rules) yield* conditionsOf(inner);
}

/** Throws RULE_INVALID with what to do. */
export function checkRule(rule: SegmentRule): RuleReach {
	checkDepth(rule, 1);
	const events = new Set<string>();
	const attributes = new Set<string>();
	let timed = false;
	let conditions = 0;
	for (const condition of conditionsOf(rule)) {
		conditions += 1;
		if (conditions > MOST_CONDITIONS) throw invalid(`A segment rule may have at most ${MOST_CONDITIONS} conditions.`);
		if ('attribute' in condition) {
			checkPropertyFilter({ ...condition, path: condition.attribute });
			attributes.add(condition.attribute.split('.')[0] ?? '');
		} else {
			checkEventRule(condition);
			events.add(condition.event);
			timed ||= condition.withinSeconds !== undefined;
		}
	}
	return { events, attributes, timed };
}

function checkDepth(rule: SegmentRule, depth: number): void {
	if (depth > DEEPEST) throw invalid(`A segment rule is nested deeper than ${DEEPEST} levels.`);
	const shape = shapeOf(rule);
	if ('rules' in shape) for (const inner of shape.rules) checkDepth(inner, depth + 1);
}

function checkEventRule(rule: EventRule): void {
	checkEventMatch(rule);
	const { count, withinSeconds } = rule;
	if (count !== undefined) {
		if (!['atLeast', 'atMost', 'exactly'].includes(count.operator)) throw invalid(`The count on "${rule.event}" needs an operator: atLeast, atMost or exactly.`);
		if (!Number.isInteger(count.value) || count.value < 0 || count.value > LARGEST_COUNT) throw invalid(`The count on "${rule.event}" is a whole number from 0 to ${LARGEST_COUNT}.`);
	}
	if (withinSeconds !== undefined && !(Number.isFinite(withinSeconds) && withinSeconds > 0 && withinSeconds <= LONGEST_WINDOW_SECONDS)) {
		throw invalid(`"Within the last" on "${rule.event}" needs a number of seconds above 0 and up to 100 years.`);
	}
}

function invalid(message: string): EngineError {
	return new EngineError('RULE_INVALID', message);
}
