import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { blockField, blockKeyOf } from './blockKey';

export const description: INodeProperties[] = [blockField({ show: { resource: ['block'], operation: ['delete'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const block = blockKeyOf(this, index);
		await engine.blocks.delete(block, { by: sourceOf(this) });
		return [{ deleted: true, block }];
	});
}
