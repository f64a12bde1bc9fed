import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { blockField, blockKeyOf } from './blockKey';

export const description: INodeProperties[] = [blockField({ show: { resource: ['block'], operation: ['get'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const key = blockKeyOf(this, index);
		const block = await engine.blocks.get(key);
		if (block !== null) return [block as unknown as IDataObject];
		throw new NodeOperationError(this.getNode(), `There is no block "${key}"`, { itemIndex: index, description: "Check the spelling, or make it with 'Block: Create or Update'." });
	});
}
