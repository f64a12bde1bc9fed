import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { ruleFields, ruleFromField, ruleOf } from './rule';
import { chosenSegment, segmentField } from './segmentName';

const displayOptions = { show: { resource: ['segment'], operation: ['count'] } };

export const description: INodeProperties[] = [
	ruleFromField(displayOptions, 'Count'),
	segmentField({ show: { ...displayOptions.show, ruleFrom: ['segment'] } }),
	...ruleFields(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		if (this.getNodeParameter('ruleFrom', index) !== 'segment') {
			const rule = ruleOf(this, index);
			return [{ count: await engine.segments.count({ rule }), sentence: await engine.segments.describe(rule) }];
		}
		const { name } = await chosenSegment(this, engine, index);
		return [{ segment: name, count: await engine.segments.count({ name }) }];
	});
}
