import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { chosenSegment, segmentField } from './segmentName';

export const description: INodeProperties[] = [segmentField({ show: { resource: ['segment'], operation: ['delete'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { name } = await chosenSegment(this, engine, index);
		await engine.segments.delete(name, { source: sourceOf(this) });
		return [{ deleted: true, segment: name }];
	});
}
