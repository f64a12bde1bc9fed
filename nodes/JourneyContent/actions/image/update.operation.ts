import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { imageField, imageOf } from './imageField';

const displayOptions = { show: { resource: ['image'], operation: ['update'] } };

export const description: INodeProperties[] = [
	imageField(displayOptions),
	{
		displayName: 'Changes', name: 'changes', type: 'collection', placeholder: 'Add Change', default: {}, displayOptions,
		options: [
			{ displayName: 'Alternative Text', name: 'alt', type: 'string', default: '', placeholder: 'e.g. Two people on a red tandem', description: 'What is shown while pictures are off, and read out to who does not see them' },
			{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. hero', description: 'Templates with the old name hold their messages until they have the new one' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { name, alt } = this.getNodeParameter('changes', index, {}) as { name?: string; alt?: string };
		return [(await engine.images.update(imageOf(this, index), { ...(name === undefined ? {} : { name }), ...(alt === undefined ? {} : { alt }) })) as unknown as IDataObject];
	});
}
