import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { imageField, imageOf } from './imageField';

const displayOptions = { show: { resource: ['image'], operation: ['delete'] } };

export const description: INodeProperties[] = [
	imageField(displayOptions),
	{
		displayName: 'Messages that left show the text of the image instead from then on. To change a picture, upload the new one under its name with Replace.',
		name: 'deleteNotice', type: 'notice', displayOptions, default: '',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [{ deleted: true, ...(await engine.images.delete(imageOf(this, index))) }]);
}
