import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { EngineError } from '../../../../engine';
import type { ScoreModel } from '../../../../engine';
import { entriesIn, eventFiltersField, nameIn, nameLocator, operatorField, readCondition, readEventMatch, valueField } from '../../../shared/fields';

type Rule = ScoreModel['rules'][number];

/** What every rule has; `group` by default as it mostly is for the kind of rule. */
function headFields(group: 'fit' | 'engagement', example: string): INodeProperties[] {
	return [
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: `e.g. ${example}`,
			description: 'Shown when a score is explained. Empty: made from what the rule asks for.',
		},
		{
			displayName: 'Points',
			name: 'points',
			type: 'number',
			default: 10,
			description: 'May be negative, with two digits after the point at most',
		},
		{
			displayName: 'Group',
			name: 'group',
			type: 'options',
			options: [
				{ name: 'Engagement', value: 'engagement', description: 'What they do' },
				{ name: 'Fit', value: 'fit', description: 'Who they are; grades A to F go by it' },
			],
			default: group,
			description: 'Which sum the points belong to; the total has both',
		},
	];
}

const eventRule: INodeProperties[] = [
	...headFields('engagement', 'Visited pricing'),
	nameLocator({ displayName: 'Event', name: 'event', description: 'What the person did', placeholder: 'e.g. Page Viewed', list: 'searchEvents' }),
	eventFiltersField('filters', 'Property Filters'),
	{
		displayName: 'Count',
		name: 'mode',
		type: 'options',
		options: [
			{ name: 'Each Time', value: 'perOccurrence', description: 'Each occurrence gives the points' },
			{ name: 'Once', value: 'once', description: 'However often it happened; the newest counts' },
		],
		default: 'once',
		description: 'How often the event gives its points',
	},
	{
		displayName: 'At Most Occurrences',
		name: 'mostOccurrences',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1000, numberPrecision: 0 },
		displayOptions: { show: { mode: ['perOccurrence'] } },
		default: 0,
		description: 'Only the newest so many give points. 0: the newest 1,000.',
	},
	{
		displayName: 'At Most Points',
		name: 'mostPoints',
		type: 'number',
		typeOptions: { minValue: 0 },
		displayOptions: { show: { mode: ['perOccurrence'] } },
		default: 0,
		description: 'All occurrences together give no more than this, also of negative points. 0: no limit.',
	},
	{
		displayName: 'Half-Life in Days',
		name: 'halfLifeDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		placeholder: 'e.g. 14',
		description: 'After so many days an occurrence gives half its points, after twice as many a quarter. 0: no decay.',
	},
	{
		displayName: 'Expires After Days',
		name: 'expiresAfterDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		placeholder: 'e.g. 90',
		description: 'After so many days an occurrence gives nothing any more. 0: never.',
	},
];

const attributeRule: INodeProperties[] = [
	...headFields('fit', 'Works in a large company'),
	nameLocator({ displayName: 'Attribute', name: 'attribute', description: 'Attribute of the profile. Use dots for nested ones.', placeholder: 'e.g. company.size', list: 'searchAttributes' }),
	operatorField,
	valueField,
];

const segmentRule: INodeProperties[] = [
	...headFields('fit', 'Decision maker'),
	nameLocator({ displayName: 'Segment', name: 'segment', description: 'The points count while the rule of this segment holds', placeholder: 'e.g. Decision Makers', list: 'searchSegments' }),
];

export function ruleFields(displayOptions: IDisplayOptions): INodeProperties[] {
	return [
		{
			displayName: 'Rules',
			name: 'rules',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, sortable: true },
			placeholder: 'Add Rule',
			displayOptions,
			default: {},
			description: 'What gives or takes points',
			options: [
				{ displayName: 'Attribute', name: 'attribute', values: attributeRule },
				{ displayName: 'Event', name: 'event', values: eventRule },
				{ displayName: 'Segment', name: 'segment', values: segmentRule },
			],
		},
	];
}

/** The rules as the engine's: attributes, events, segments, each kind in its order. Throws BAD_INPUT. */
export function readRules(rules: unknown): Rule[] {
	const read = [
		...entriesIn(rules, 'attribute').map((raw) => ({ raw, rule: readAttribute(raw) })),
		...entriesIn(rules, 'event').map((raw) => ({ raw, rule: readEvent(raw) })),
		...entriesIn(rules, 'segment').map((raw) => ({ raw, rule: readSegment(raw) })),
	];
	const taken = new Set(read.flatMap(({ raw, rule }) => (nameOf(raw) === '' ? [] : [rule.name])));
	return read.map(({ raw, rule }) => (nameOf(raw) === '' ? { ...rule, name: free(rule.name, taken) } : rule));
}

/** Two rules on one event are told apart though nobody has named them. */
function free(name: string, taken: Set<string>): string {
	let one = name;
	for (let n = 2; taken.has(one); n += 1) one = `${name} ${n}`;
	taken.add(one);
	return one;
}

function nameOf(raw: Record<string, unknown>): string {
	return typeof raw.name === 'string' ? raw.name.trim() : '';
}

function readAttribute(raw: Record<string, unknown>): Rule {
	const attribute = nameIn(raw.attribute);
	if (attribute === '') throw new EngineError('BAD_INPUT', 'A rule names no attribute. Choose one, or remove the rule.');
	return { ...head(raw, attribute), when: { attribute, ...readCondition(attribute, raw) } };
}

function readEvent(raw: Record<string, unknown>): Rule {
	const when = readEventMatch(raw.event, raw.filters, 'The event of a rule');
	const cap = { ...positive('occurrences', raw.mostOccurrences), ...positive('points', raw.mostPoints) };
	const halfLife = positive('halfLifeDays', raw.halfLifeDays);
	const each = raw.mode === 'perOccurrence';
	return {
		...head(raw, when.event), when,
		...(each ? { mode: 'perOccurrence' as const } : {}),
		...(each && Object.keys(cap).length > 0 ? { cap } : {}),
		...(halfLife.halfLifeDays === undefined ? {} : { decay: { halfLifeDays: halfLife.halfLifeDays } }),
		...positive('expiresAfterDays', raw.expiresAfterDays),
	};
}

function readSegment(raw: Record<string, unknown>): Rule {
	const segment = nameIn(raw.segment);
	if (segment === '') throw new EngineError('BAD_INPUT', 'A rule names no segment. Choose one, or remove the rule.');
	return { ...head(raw, segment), when: { segment } };
}

function head(raw: Record<string, unknown>, what: string): Pick<Rule, 'name' | 'points' | 'group'> {
	return { name: nameOf(raw) || what, points: Number(raw.points), group: raw.group as Rule['group'] };
}

/** 0 and nothing mean that there is none. */
function positive<Name extends string>(name: Name, value: unknown): { [Key in Name]?: number } {
	const number = Number(value ?? 0);
	return (number === 0 ? {} : { [name]: number }) as { [Key in Name]?: number };
}
