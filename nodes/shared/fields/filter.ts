import type { INodeProperties } from 'n8n-workflow';

import type { EventMatch, FilterOperator, PropertyFilter } from '../../../engine';
import { EngineError } from '../../../engine';
import { insideLocator, nameIn, nameLocator } from './locator';

const WITHOUT_VALUE: readonly FilterOperator[] = ['exists', 'notExists', 'isTrue', 'isFalse'];
const LISTS: readonly FilterOperator[] = ['in', 'notIn'];
const ORDERED: readonly FilterOperator[] = ['greater', 'greaterOrEqual', 'less', 'lessOrEqual'];

export const operatorField: INodeProperties = {
	displayName: 'Condition',
	name: 'operator',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Contains', value: 'contains' },
		{ name: 'Does Not Contain', value: 'notContains' },
		{ name: 'Does Not Exist', value: 'notExists' },
		{ name: 'Ends With', value: 'endsWith' },
		{ name: 'Exists', value: 'exists' },
		{ name: 'Is', value: 'equals' },
		{ name: 'Is False', value: 'isFalse' },
		{ name: 'Is Greater Than', value: 'greater' },
		{ name: 'Is Greater Than or Equal', value: 'greaterOrEqual' },
		{ name: 'Is Less Than', value: 'less' },
		{ name: 'Is Less Than or Equal', value: 'lessOrEqual' },
		{ name: 'Is Not', value: 'notEquals' },
		{ name: 'Is Not One Of', value: 'notIn' },
		{ name: 'Is One Of', value: 'in' },
		{ name: 'Is True', value: 'isTrue' },
		{ name: 'Starts With', value: 'startsWith' },
	],
	default: 'equals',
	description: 'How the value is compared. Numbers compare as numbers, everything else as text; ISO dates compare in order.',
};

/** Typed, or one of the values there are. */
export const valueField: INodeProperties = nameLocator({
	displayName: 'Value', name: 'value', list: 'searchValues', placeholder: 'e.g. Berlin', typed: 'By Value',
	displayOptions: { hide: { operator: [...WITHOUT_VALUE] } },
	description: 'What to compare with. For "is one of", separate the values with commas.',
});

/** Property filters of one event, all of which must hold. */
export function eventFiltersField(name: string, displayName: string, displayOptions?: INodeProperties['displayOptions']): INodeProperties {
	return {
		displayName,
		name,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Property Filter',
		default: {},
		description: 'Only events whose properties match all of these count. None: every event of that name.',
		...(displayOptions ? { displayOptions } : {}),
		options: [
			{
				displayName: 'Property Filter',
				name: 'filter',
				values: [
					nameLocator({
						displayName: 'Property',
						name: 'path',
						description: 'Property of the event. Use dots for nested ones.',
						placeholder: 'e.g. plan.name',
						list: 'searchEventProperties',
					}),
					operatorField,
					valueField,
				],
			},
		],
	};
}

/** The parameters of one condition as the engine's. Throws BAD_INPUT when a value is missing. */
export function readCondition(label: string, raw: Record<string, unknown>): Pick<PropertyFilter, 'operator' | 'value'> {
	const operator = (typeof raw.operator === 'string' ? raw.operator : 'equals') as FilterOperator;
	if (WITHOUT_VALUE.includes(operator)) return { operator };
	if (LISTS.includes(operator)) return { operator, value: listIn(label, raw.value) };
	return { operator, value: valueIn(label, operator, insideLocator(raw.value)) };
}

function listIn(label: string, given: unknown): Array<string | number> {
	const value = insideLocator(given);
	// What was chosen from the list is one value, commas and all.
	const parts = Array.isArray(value) ? value : isChosen(given) ? [value] : String(value ?? '').split(',');
	const values = parts
		.map((part: unknown) => (typeof part === 'number' ? part : String(part).trim()))
		.filter((part) => part !== '');
	if (values.length > 0) return values;
	throw new EngineError('BAD_INPUT', `The condition on "${label}" has no values. Enter them separated by commas.`);
}

function isChosen(given: unknown): boolean {
	return typeof given === 'object' && given !== null && 'mode' in given && given.mode === 'list';
}

function valueIn(label: string, operator: FilterOperator, value: unknown): string | number | boolean {
	if (typeof value === 'number' || typeof value === 'boolean') return value;
	const text = typeof value === 'string' ? value : '';
	if (text.trim() === '') {
		throw new EngineError('BAD_INPUT', `The condition on "${label}" has no value. Enter one, or choose "Exists" or "Does Not Exist".`);
	}
	// The field only gives text, and "10" sorts before "9".
	return ORDERED.includes(operator) && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** An event's name and filters as set in the node. Throws BAD_INPUT when the name is missing. */
export function readEventMatch(event: unknown, filters: unknown, label = 'Event'): EventMatch {
	const name = nameIn(event);
	if (name === '') throw new EngineError('BAD_INPUT', `${label} is empty. Choose an event from the list, or type its name under By Name.`);
	const conditions = entriesIn(filters, 'filter').map((raw): PropertyFilter => {
		const path = nameIn(raw.path);
		if (path === '') throw new EngineError('BAD_INPUT', `A property filter of "${name}" names no property. Choose one or remove the filter.`);
		return { path, ...readCondition(path, raw) };
	});
	return conditions.length > 0 ? { event: name, filters: conditions } : { event: name };
}

/** The entries of one kind in a fixedCollection's value. */
export function entriesIn(collection: unknown, kind: string): Array<Record<string, unknown>> {
	if (typeof collection !== 'object' || collection === null) return [];
	const entries = (collection as Record<string, unknown>)[kind];
	if (entries === undefined || entries === null) return [];
	return (Array.isArray(entries) ? entries : [entries]) as Array<Record<string, unknown>>;
}
