import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { chosenSegment, segmentField } from './segmentName';

export const description: INodeProperties[] = [segmentField({ show: { resource: ['segment'], operation: ['get'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [{ ...(await chosenSegment(this, engine, index)) } as unknown as IDataObject]);
}
