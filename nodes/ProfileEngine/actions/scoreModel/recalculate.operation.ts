import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { chosenModel, modelField } from './modelName';

export const description: INodeProperties[] = [modelField({ show: { resource: ['scoreModel'], operation: ['recalculate'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [(await engine.scores.recalculate(chosenModel(this, index))) as unknown as IDataObject]);
}
