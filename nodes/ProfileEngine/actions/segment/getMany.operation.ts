import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { rowOf } from '../namedRow';

export const description: INodeProperties[] = limitFields({ show: { resource: ['segment'], operation: ['getMany'] } });

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => (await engine.segments.list()).slice(0, limitOf(this, index)).map(rowOf));
}
