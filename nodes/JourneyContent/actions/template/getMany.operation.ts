import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Channel, Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { CHANNEL_OPTIONS } from '../../../shared/fields';
import { limitFields, limitOf } from '../../../shared/fields/limit';

const displayOptions = { show: { resource: ['template'], operation: ['getMany'] } };

export const description: INodeProperties[] = [
	...limitFields(displayOptions),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		displayOptions,
		options: [
			{ displayName: 'Channel', name: 'channel', type: 'options', options: CHANNEL_OPTIONS.filter(({ value }) => value !== 'ads'), default: 'email', description: 'Only templates of this channel' },
			{ displayName: 'Only Published', name: 'published', type: 'boolean', default: true, description: 'Whether to leave out templates that no step can send yet' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const filters = this.getNodeParameter('filters', index, {}) as { channel?: Channel; published?: boolean };
		const found = await engine.templates.list(filters);
		return found.slice(0, limitOf(this, index)).map(({ languages, ...template }) => ({ ...template, languages: Object.keys(languages).sort() }));
	});
}
