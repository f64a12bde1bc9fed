import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { blockField, blockKeyOf } from './blockKey';

export const description: INodeProperties[] = [blockField({ show: { resource: ['block'], operation: ['versions'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => (await engine.blocks.versions(blockKeyOf(this, index))) as unknown as IDataObject[]);
}
