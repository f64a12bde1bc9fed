import type { RuleSource } from '../../../engine';
import { EngineError } from '../../../engine';
import { nameIn } from './locator';
import { readRuleJson, readSegmentRule, RULE_PARAMETERS } from './rule';

/** The parameters that say who belongs, besides `by` itself. */
export const RULE_SETTINGS = ['segment', 'ruleJson', ...RULE_PARAMETERS] as const;

/** Own rule, own rule as JSON, or a saved segment or list, as `by` says. Throws BAD_INPUT where something is missing. */
export function readBy(parameter: (name: string, fallback: unknown) => unknown): RuleSource {
	const kind = parameter('by', 'rule');
	if (kind === 'json') return { rule: readRuleJson(parameter('ruleJson', '')) };
	if (kind !== 'saved') return { rule: readSegmentRule(parameter('combineGroups', 'all'), parameter('rule', {})) };
	const name = nameIn(parameter('segment', ''));
	if (name === '') throw new EngineError('BAD_INPUT', 'Segment is empty. Choose one from the list, or type its name under By Name.');
	return { name };
}
