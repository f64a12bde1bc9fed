import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { chosenModel, modelField } from './modelName';

export const description: INodeProperties[] = [modelField({ show: { resource: ['scoreModel'], operation: ['delete'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const name = chosenModel(this, index);
		return [{ name, deleted: true, ...(await engine.scores.deleteModel(name, { source: sourceOf(this) })) }];
	});
}
