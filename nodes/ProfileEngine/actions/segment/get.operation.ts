import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { rowOf } from '../namedRow';
import { chosenSegment, segmentField } from './segmentName';

export const description: INodeProperties[] = [segmentField({ show: { resource: ['segment'], operation: ['get'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [rowOf(await chosenSegment(this, engine, index))]);
}
