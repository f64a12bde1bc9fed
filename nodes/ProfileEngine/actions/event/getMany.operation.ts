import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, EventsQuery } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { eventFiltersField, nameIn, nameLocator, readEventMatch } from '../../../shared/fields';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { identityFields, identityOf } from '../identity';
import { instantOf } from '../instant';

const show = { resource: ['event'], operation: ['getMany'] };
const displayOptions = { show };
const ofPerson = { show: { ...show, eventsOf: ['person'] } };

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	{
		displayName: 'Events Of',
		name: 'eventsOf',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Everybody', value: 'everybody', description: 'The latest to arrive first' },
			{ name: 'One Person', value: 'person', description: 'The latest to happen first' },
		],
		default: 'person',
		description: 'Whose events to get',
	},
	...identityFields(ofPerson, 'whose events to get'),
	nameLocator({
		displayName: 'Event',
		name: 'event',
		description: 'Only events of this name. Empty: all.',
		placeholder: 'e.g. Order Completed',
		list: 'searchEvents',
		displayOptions,
	}),
	eventFiltersField('filters', 'Property Filters', displayOptions),
	{
		displayName: 'Options',
		name: 'eventOptions',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			{ displayName: 'Since', name: 'from', type: 'dateTime', default: '', description: 'Only events that happened at this time or later' },
			{ displayName: 'Until', name: 'to', type: 'dateTime', default: '', description: 'Only events that happened before this time' },
		],
	},
	...limitFields(displayOptions),
];

/** One call a page and item; without any event the item gives none. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => await events(engine, queryOf(this, index), limitOf(this, index)));
}

function queryOf(context: IExecuteFunctions, index: number): EventsQuery {
	const event = nameIn(context.getNodeParameter('event', index, ''));
	const filters = context.getNodeParameter('filters', index, {});
	// Filters without a name hold for events of any name; the reader of both wants one.
	const match = readEventMatch(event === '' ? 'any' : event, filters);
	const { from, to } = context.getNodeParameter('eventOptions', index, {}) as { from?: string; to?: string };
	return {
		...(context.getNodeParameter('eventsOf', index) === 'person' ? whose(context, index) : {}),
		...(event === '' ? {} : { name: event }),
		...(match.filters === undefined ? {} : { filters: match.filters }),
		...(from ? { from: instantOf(context, from, 'Since', index) } : {}),
		...(to ? { to: instantOf(context, to, 'Until', index) } : {}),
	};
}

function whose(context: IExecuteFunctions, index: number): Pick<EventsQuery, 'profileId' | 'identity'> {
	const by = identityOf(context, index);
	return 'profileId' in by ? by : { identity: by };
}

async function events(engine: Engine, query: EventsQuery, limit: number): Promise<IDataObject[]> {
	const rows: IDataObject[] = [];
	let after: string | null | undefined;
	while (rows.length < limit && after !== null) {
		const page = await engine.events.list({ ...query, limit: Math.min(PAGE, limit - rows.length), ...(after === undefined ? {} : { after }) });
		for (const event of page.events) rows.push(event as unknown as IDataObject);
		after = page.next;
	}
	return rows;
}
