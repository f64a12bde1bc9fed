import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { leaveOutField, leavesOut } from '../leaveOut';
import { memberPages } from '../memberPages';
import { chosenSegment, segmentField } from './segmentName';

const displayOptions = { show: { resource: ['segment'], operation: ['members'] } };

export const description: INodeProperties[] = [segmentField(displayOptions), leaveOutField(displayOptions), ...limitFields(displayOptions)];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { name } = await chosenSegment(this, engine, index);
		const sharableOnly = leavesOut(this, index);
		return await memberPages(limitOf(this, index), (page) => engine.segments.members(name, { ...page, sharableOnly }));
	});
}
