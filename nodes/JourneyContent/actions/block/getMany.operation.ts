import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';

export const description: INodeProperties[] = limitFields({ show: { resource: ['block'], operation: ['getMany'] } });

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => (await engine.blocks.list()).slice(0, limitOf(this, index)).map(({ languages, ...block }) => ({ ...block, languages: Object.keys(languages).sort() })));
}
