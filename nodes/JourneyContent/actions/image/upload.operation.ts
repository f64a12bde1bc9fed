import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { fileBytes } from '../../../shared/fileChunks';
import { fileFields, urlOf } from '../fileFields';

const displayOptions = { show: { resource: ['image'], operation: ['upload'] } };

export const description: INodeProperties[] = [
	...fileFields(displayOptions, 'picture'),
	{
		displayName: 'Name', name: 'name', type: 'string', displayOptions, required: true, default: '', placeholder: 'e.g. hero',
		description: 'What templates call it: letters, digits, spaces, dots, hyphens and underscores',
	},
	{
		displayName: 'Alternative Text', name: 'alt', type: 'string', displayOptions, default: '', placeholder: 'e.g. Two people on a red tandem',
		description: 'What is shown while pictures are off, and read out to who does not see them. Empty only for decoration.',
	},
	{
		displayName: 'When the Name Is Taken', name: 'whenTaken', type: 'options', noDataExpression: true, displayOptions,
		options: [
			{ name: 'Refuse', value: 'refuse', description: 'The item fails and nothing is changed' },
			{ name: 'Replace', value: 'replace', description: 'New messages show this picture; those that left go on showing theirs' },
		],
		default: 'refuse',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const url = urlOf(this, index);
		const file = url === undefined ? { bytes: await fileBytes(this, index, this.getNodeParameter('binaryProperty', index) as string) } : { url };
		const image = await engine.images.upload({
			...file, name: String(this.getNodeParameter('name', index, '')), alt: String(this.getNodeParameter('alt', index, '')), whenTaken: this.getNodeParameter('whenTaken', index, 'refuse') as 'refuse',
		});
		return [image as unknown as IDataObject];
	});
}
