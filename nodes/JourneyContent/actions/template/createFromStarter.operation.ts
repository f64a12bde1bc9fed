import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { nameIn, nameLocator } from '../../../shared/fields';
import { sourceOf } from '../../../shared/source';

const displayOptions = { show: { resource: ['template'], operation: ['createFromStarter'] } };

export const description: INodeProperties[] = [
	nameLocator({ displayName: 'Starter', name: 'starter', list: 'searchStarters', placeholder: 'e.g. welcome', required: true, displayOptions, description: 'The mail to begin with: in English, with your brand, for light and dark screens' }),
	{ displayName: 'Key', name: 'newKey', type: 'string', displayOptions, default: '', placeholder: 'e.g. welcome-1', description: 'What steps call the new template; empty takes that of the starter. One that exists is not written over.' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const starter = nameIn(this.getNodeParameter('starter', index, ''));
		const key = String(this.getNodeParameter('newKey', index, '') ?? '').trim();
		return [(await engine.templates.createFromStarter(starter, key === '' ? starter : key, { by: sourceOf(this) })) as unknown as IDataObject];
	});
}
