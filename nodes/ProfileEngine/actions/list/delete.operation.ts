import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { listField, listOf } from './listName';

export const description: INodeProperties[] = [listField({ show: { resource: ['list'], operation: ['delete'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const list = listOf(this, index);
		await engine.lists.delete(list, { source: sourceOf(this) });
		return [{ deleted: true, list }];
	});
}
