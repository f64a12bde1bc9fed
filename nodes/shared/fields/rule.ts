import type { INodeProperties } from 'n8n-workflow';

import type { SegmentRule } from '../../../engine';
import { EngineError, isJsonObject } from '../../../engine';
import { entriesIn } from './filter';
import { conditionKinds } from './ruleConditions';
import { conditionReaders } from './ruleReading';

/** Names of the parameters that segmentRuleFields makes; readSegmentRule reads their values. */
export const RULE_PARAMETERS = ['combineGroups', 'rule'] as const;

/** A rule of two levels: all, any or none of groups of all, any or none of conditions. */
export function segmentRuleFields(displayOptions?: INodeProperties['displayOptions']): INodeProperties[] {
	const shown = displayOptions ? { displayOptions } : {};
	return [
		{
			displayName: 'Match',
			name: 'combineGroups',
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'All Groups', value: 'all', description: 'People for whom every group holds' },
				{ name: 'Any Group', value: 'any', description: 'People for whom at least one group holds' },
				{ name: 'No Group', value: 'none', description: 'People for whom no group holds' },
			],
			default: 'all',
			description: 'How the groups below are combined',
			...shown,
		},
		{
			displayName: 'Rule',
			name: 'rule',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Group',
			default: { group: [{ combine: 'all', conditions: {} }] },
			description: 'Groups of conditions that say who belongs to it',
			...shown,
			options: [
				{
					displayName: 'Group',
					name: 'group',
					values: [
						{
							displayName: 'Combine',
							name: 'combine',
							type: 'options',
							options: [
								{ name: 'All Conditions', value: 'all', description: 'Every condition of this group holds' },
								{ name: 'Any Condition', value: 'any', description: 'At least one condition of this group holds' },
								{ name: 'No Condition', value: 'none', description: 'No condition of this group holds' },
							],
							default: 'all',
							description: 'How the conditions of this group are combined',
						},
						{
							displayName: 'Conditions',
							name: 'conditions',
							type: 'fixedCollection',
							typeOptions: { multipleValues: true },
							placeholder: 'Add Condition',
							default: {},
							description: 'What must be true of the person',
							options: conditionKinds,
						},
					],
				},
			],
		},
	];
}

const EXAMPLE = '{ "all": [ { "attribute": "plan", "operator": "equals", "value": "pro" } ] }';

/** A rule as JSON, as deep as one likes; read with readRuleJson. */
export function ruleJsonField(displayOptions: INodeProperties['displayOptions']): INodeProperties {
	return {
		displayName: 'Rule as JSON',
		name: 'ruleJson',
		type: 'json',
		typeOptions: { rows: 8 },
		...(displayOptions ? { displayOptions } : {}),
		default: `${EXAMPLE}\n`,
		placeholder: `e.g. ${EXAMPLE}`,
		description:
			'Nested "all", "any" and "none" lists of conditions on an "attribute", an "event", a "segment", a "score" and so on. The package publishes a schema of all of them in its folder docs.',
	};
}

/** Throws BAD_INPUT where the JSON is broken; the engine checks the rule itself and names what is wrong with it. */
export function readRuleJson(raw: unknown): SegmentRule {
	const parsed = typeof raw === 'string' ? parse(raw) : { value: raw };
	if ('problem' in parsed) throw new EngineError('BAD_INPUT', `The rule is not valid JSON: ${parsed.problem}. Check quotes, commas and braces at that place.`);
	if (isJsonObject(parsed.value)) return parsed.value as unknown as SegmentRule;
	throw new EngineError('BAD_INPUT', `The rule is not a JSON object. It looks like ${EXAMPLE}.`);
}

function parse(text: string): { value: unknown } | { problem: string } {
	try {
		return { value: JSON.parse(text) as unknown };
	} catch (error) {
		return { problem: error instanceof Error ? error.message : String(error) };
	}
}

/** The rule as the engine's. Throws BAD_INPUT when it has no condition: an empty rule would hold for everyone. */
export function readSegmentRule(combineGroups: unknown, rule: unknown): SegmentRule {
	const groups = entriesIn(rule, 'group').map(readGroup).filter((group) => group !== null);
	if (groups.length === 0) {
		throw new EngineError('BAD_INPUT', 'The rule has no condition, so it would hold for everyone. Add a condition under Rule.');
	}
	if (combineGroups === 'none') return { none: groups };
	const [only] = groups;
	if (groups.length === 1 && only) return only;
	return combineGroups === 'any' ? { any: groups } : { all: groups };
}

function readGroup(group: Record<string, unknown>): SegmentRule | null {
	const rules = Object.entries(conditionReaders).flatMap(([kind, read]) => entriesIn(group.conditions, kind).map(read));
	if (rules.length === 0) return null;
	if (group.combine === 'any') return { any: rules };
	return group.combine === 'none' ? { none: rules } : { all: rules };
}
