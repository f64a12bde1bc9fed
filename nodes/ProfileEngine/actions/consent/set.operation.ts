import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { ConsentGiven, ConsentState, Engine } from '../../../../engine';
import { nameIn } from '../../../shared/fields/locator';
import { sourceOr } from '../../../shared/source';
import { inCalls, readItems, reported, writtenItems } from '../batch';
import { channelField } from '../channel';
import { identityFields, identityOf } from '../identity';
import { IP_OPTION, SOURCE_OPTION, topicField, topicOf } from './topic';

const displayOptions = { show: { resource: ['consent'], operation: ['set'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'that chose'),
	channelField(displayOptions, 'What the person chose it for'),
	topicField(displayOptions, 'What it is about. Empty: the whole channel. Upper and lower case are the same.'),
	{
		displayName: 'State',
		name: 'state',
		type: 'options',
		displayOptions,
		options: [
			{ name: 'None', value: 'none', description: 'Forget the current state, an opt-out included; the history stays' },
			{ name: 'Pending', value: 'pending', description: 'Asked for and not confirmed: nothing is sent yet' },
			{ name: 'Subscribed', value: 'subscribed', description: 'They said yes' },
			{ name: 'Unsubscribed', value: 'unsubscribed', description: 'They said no; takes effect at once, in running journeys too' },
		],
		default: 'subscribed',
		description: 'What the person chose',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			IP_OPTION,
			SOURCE_OPTION,
			{
				displayName: 'Text Version',
				name: 'textVersion',
				type: 'string',
				default: '',
				placeholder: 'e.g. signup-form 2026-03',
				description: 'Which version of the wording the person agreed to',
			},
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => givenOf(this, index));
	const { rows, rejected } = await inCalls(this, read, async (part) => reported(await engine.consent.setFor(part)));
	return writtenItems(this, read, { profiles: rows, rejected });
}

function givenOf(context: IExecuteFunctions, index: number): ConsentGiven {
	const options = context.getNodeParameter('options', index, {}) as { ip?: string; source?: unknown; textVersion?: string };
	return {
		whose: identityOf(context, index),
		channel: context.getNodeParameter('channel', index) as string,
		topic: topicOf(context, index),
		state: context.getNodeParameter('state', index) as ConsentState,
		source: sourceOr(context, nameIn(options.source), 'node'),
		...(options.textVersion ? { textVersion: options.textVersion } : {}),
		...(options.ip ? { ip: options.ip } : {}),
	};
}
