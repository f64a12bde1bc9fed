import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eventNamesField, eventNamesIn } from '../../../shared/fields';
import { leaveOutField, leavesOut } from '../leaveOut';
import { exportFiles, formatField, outputFieldOption } from '../transfer/exportFile';
import { instantOf } from '../instant';

const displayOptions = { show: { resource: ['event'], operation: ['export'] } };

export const description: INodeProperties[] = [
	leaveOutField(displayOptions),
	formatField(displayOptions),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			eventNamesField('names', 'Event Names', 'Only these events. None: all.'),
			outputFieldOption(),
			{
				displayName: 'Since',
				name: 'since',
				type: 'dateTime',
				default: '',
				description: 'Only events that happened at this time or later',
			},
			{
				displayName: 'Until',
				name: 'until',
				type: 'dateTime',
				default: '',
				description: 'Only events that happened before this time',
			},
		],
	},
];

/** What people did, with whose it was, as a file. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await exportFiles(this, engine, async (index) => {
		const { names, since, until } = this.getNodeParameter('options', index, {}) as { names?: unknown; since?: string; until?: string };
		const wanted = eventNamesIn(names);
		return {
			about: 'events',
			sharableOnly: leavesOut(this, index),
			...(wanted.length === 0 ? {} : { names: wanted }),
			...(since ? { since: instantOf(this, since, 'Since', index) } : {}),
			...(until ? { until: instantOf(this, until, 'Until', index) } : {}),
		};
	});
}
