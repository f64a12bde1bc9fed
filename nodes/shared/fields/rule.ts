import type { INodeProperties } from 'n8n-workflow';

import type { AttributeRule, EventRule, SegmentRule } from '../../../engine';
import { EngineError } from '../../../engine';
import { toMs } from './duration';
import { entriesIn, eventFiltersField, operatorField, readCondition, readEventMatch, valueField } from './filter';
import { nameIn, nameLocator } from './locator';

/** Names of the parameters that segmentRuleFields makes; readSegmentRule reads their values. */
export const RULE_PARAMETERS = ['combineGroups', 'rule'] as const;

const attributeCondition: INodeProperties[] = [
	nameLocator({
		displayName: 'Attribute',
		name: 'attribute',
		description: 'Attribute of the profile. Use dots for nested ones.',
		placeholder: 'e.g. address.city',
		list: 'searchAttributes',
	}),
	operatorField,
	valueField,
];

const eventCondition: INodeProperties[] = [
	nameLocator({
		displayName: 'Event',
		name: 'event',
		description: 'What the person did, or did not do',
		placeholder: 'e.g. Order Completed',
		list: 'searchEvents',
	}),
	{
		displayName: 'Happened',
		name: 'happened',
		type: 'options',
		options: [
			{ name: 'At Least', value: 'atLeast' },
			{ name: 'At Most', value: 'atMost' },
			{ name: 'Exactly', value: 'exactly' },
			{ name: 'Never', value: 'never' },
		],
		default: 'atLeast',
		description: 'How often the event must have happened',
	},
	{
		displayName: 'Times',
		name: 'times',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		displayOptions: { hide: { happened: ['never'] } },
		default: 1,
		description: 'Number of events',
	},
	{
		displayName: 'Within the Last',
		name: 'within',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		placeholder: 'e.g. 30',
		description: 'Only events of the last so many units of time count. 0: all events ever.',
	},
	{
		displayName: 'Within Unit',
		name: 'withinUnit',
		type: 'options',
		options: [
			{ name: 'Days', value: 'days' },
			{ name: 'Hours', value: 'hours' },
			{ name: 'Minutes', value: 'minutes' },
			{ name: 'Weeks', value: 'weeks' },
		],
		default: 'days',
		description: 'Unit of the time that is looked back',
	},
	eventFiltersField('filters', 'Property Filters'),
];

/** A rule of two levels: groups of conditions on attributes and events. */
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
							options: [
								{ displayName: 'Attribute', name: 'attribute', values: attributeCondition },
								{ displayName: 'Event', name: 'event', values: eventCondition },
							],
						},
					],
				},
			],
		},
	];
}

/** The rule as the engine's. Throws BAD_INPUT when it has no condition: an empty rule would hold for everyone. */
export function readSegmentRule(combineGroups: unknown, rule: unknown): SegmentRule {
	const groups = entriesIn(rule, 'group').map(readGroup).filter((group) => group !== null);
	if (groups.length === 0) {
		throw new EngineError('BAD_INPUT', 'The rule has no condition, so it would hold for everyone. Add a condition under Rule.');
	}
	const [only] = groups;
	if (groups.length === 1 && only) return only;
	return combineGroups === 'any' ? { any: groups } : { all: groups };
}

function readGroup(group: Record<string, unknown>): SegmentRule | null {
	const rules: SegmentRule[] = [
		...entriesIn(group.conditions, 'attribute').map(readAttribute),
		...entriesIn(group.conditions, 'event').map(readEvent),
	];
	if (rules.length === 0) return null;
	if (group.combine === 'any') return { any: rules };
	return group.combine === 'none' ? { none: rules } : { all: rules };
}

function readAttribute(raw: Record<string, unknown>): AttributeRule {
	const attribute = nameIn(raw.attribute);
	if (attribute === '') throw new EngineError('BAD_INPUT', 'A condition names no attribute. Choose one, or remove the condition.');
	return { attribute, ...readCondition(attribute, raw) };
}

function readEvent(raw: Record<string, unknown>): SegmentRule {
	const rule: EventRule = { ...readEventMatch(raw.event, raw.filters, 'The event of a condition') };
	const within = Number(raw.within ?? 0);
	if (within !== 0) rule.withinSeconds = Math.ceil(toMs(raw.within, raw.withinUnit ?? 'days', `"Within the Last" of "${rule.event}"`) / 1_000);
	const happened = raw.happened ?? 'atLeast';
	if (happened === 'never') return { none: [rule] };
	const value = Number(raw.times ?? 1);
	if (!Number.isInteger(value) || value < 0) {
		throw new EngineError('BAD_INPUT', `"Times" of "${rule.event}" is not a whole number. Enter how often the event happened, for example 1.`);
	}
	if (happened === 'atMost' || happened === 'exactly') rule.count = { operator: happened, value };
	else if (value !== 1) rule.count = { operator: 'atLeast', value };
	return rule;
}
