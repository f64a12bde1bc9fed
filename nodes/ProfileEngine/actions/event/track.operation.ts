import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { canonicalJson } from '../../../../engine';
import type { Engine, TrackingMessage } from '../../../../engine';
import { nameIn, nameLocator } from '../../../shared/fields/locator';
import { visitKeys } from '../../../shared/visitKeys';
import { objectFields, objectOf } from '../attributes';
import { inCalls, readItems, reported, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { instantOf } from '../instant';
import { isHistorical, isInert, journeyStartsField } from '../journeyStarts';

const displayOptions = { show: { resource: ['event'], operation: ['track'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'that did it'),
	nameLocator({
		displayName: 'Event', name: 'event', list: 'searchEventsFromOutside', typed: 'By Name', required: true, displayOptions, placeholder: 'e.g. Order Completed',
		description: 'Name of the event. Names with the same spelling are the same event; upper and lower case differ.',
	}),
	...objectFields('properties', { one: 'Property', many: 'Properties', example: 'orderId', list: 'searchEventProperties' }, displayOptions),
	journeyStartsField(displayOptions),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			{
				displayName: 'Message ID',
				name: 'messageId',
				type: 'string',
				default: '',
				placeholder: 'e.g. order-{{ $json.orderId }}',
				description: 'An event with the same ID from the same source is taken once only, however often it is sent. Empty: one of its own, the same when the execution is retried.',
			},
			{
				...nameLocator({
					displayName: 'Source', name: 'source', list: 'searchSources', typed: 'By Name', default: 'n8n', placeholder: 'e.g. shop',
					description: 'Where the events come from; message IDs are unique within a source',
				}),
				noDataExpression: true,
			},
			{
				displayName: 'Time',
				name: 'timestamp',
				type: 'dateTime',
				default: '',
				placeholder: 'e.g. {{ $json.createdAt }}',
				description: 'When it happened. Empty: now. Events older than 24 hours start no journey.',
			},
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const source = nameIn(this.getNodeParameter('options.source', 0, 'n8n'));
	const keyOf = visitKeys(this);
	const read = readItems(this, (index) => messageOf(this, index, keyOf));
	const total = { accepted: 0, duplicates: 0, entered: 0 };
	const { rows, rejected } = await inCalls(this, read, async (part) => {
		const report = await engine.events.ingest(part, { source: source || 'n8n', historical: isHistorical(this), inert: isInert(this) });
		total.accepted += report.accepted;
		total.duplicates += report.duplicates;
		total.entered += report.entered;
		return reported(report);
	});
	this.addExecutionHints({
		message: `${total.accepted} events taken, ${total.duplicates} known already, ${rejected.length} rejected. ${total.entered} people entered a journey.`,
		location: 'outputPane',
	});
	return writtenItems(this, read, { profiles: rows, rejected });
}

function messageOf(context: IExecuteFunctions, index: number, keyOf: (what: string) => string): TrackingMessage {
	const event = nameIn(context.getNodeParameter('event', index, ''));
	if (event === '') {
		throw new NodeOperationError(context.getNode(), 'The event has no name', {
			itemIndex: index,
			description: "Fill in 'Event', for example Order Completed. When it is an expression, check it for this item.",
		});
	}
	const by = identityOf(context, index);
	const options = context.getNodeParameter('options', index, {}) as { messageId?: string; timestamp?: string };
	const properties = objectOf(context, 'properties', index);
	const timestamp = options.timestamp ? instantOf(context, options.timestamp, 'Time', index, "The event's time cannot be read") : undefined;
	return {
		type: 'track',
		event,
		...('profileId' in by ? by : { identities: [by] }),
		...(properties === undefined ? {} : { properties }),
		messageId: options.messageId ? String(options.messageId) : keyOf(canonicalJson([event, { ...by }, properties ?? null, timestamp ?? null])),
		...(timestamp === undefined ? {} : { timestamp }),
	};
}
