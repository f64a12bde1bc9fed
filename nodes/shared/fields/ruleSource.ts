import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { RuleSource } from '../../../engine';
import { EngineError } from '../../../engine';
import { nameIn, nameLocator } from './locator';
import { readRuleJson, readSegmentRule, ruleJsonField, RULE_PARAMETERS, segmentRuleFields } from './rule';
import { rulePreviewField } from './rulePreview';

/** Values of the field `by`. `own`: whose the conditions of an own rule are, or what they are about. */
export function ruleSourceOptions(own: string): [own: INodePropertyOptions, json: INodePropertyOptions, saved: INodePropertyOptions] {
	return [
		{ name: 'Own Rule', value: 'rule', description: own },
		{ name: 'Own Rule as JSON', value: 'json', description: 'The same, nested as deep as you like' },
		{ name: 'Saved Segment or List', value: 'saved', description: 'A segment or list made with Profile Engine, by its name' },
	];
}

/** What each of these needs, shown by the field `by` beside them. Read with readBy(). */
export function ruleSourceFields(saved: { description: string; placeholder: string; required?: true }): INodeProperties[] {
	return [
		nameLocator({ displayName: 'Segment or List', name: 'segment', list: 'searchGroups', displayOptions: { show: { by: ['saved'] } }, ...saved }),
		...segmentRuleFields({ show: { by: ['rule'] } }),
		ruleJsonField({ show: { by: ['json'] } }),
		rulePreviewField({ show: { by: ['rule', 'json'] } }),
	];
}

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
