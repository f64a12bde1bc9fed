import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { ruleFields, ruleFromField, ruleOf } from './rule';
import { chosenSegment, segmentField } from './segmentName';

const displayOptions = { show: { resource: ['segment'], operation: ['preview'] } };

export const description: INodeProperties[] = [
	ruleFromField(displayOptions, 'Preview'),
	segmentField({ show: { ...displayOptions.show, ruleFrom: ['segment'] } }),
	...ruleFields(displayOptions),
	{
		displayName: 'Sample Members',
		name: 'sample',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 0 },
		displayOptions,
		default: 5,
		description: 'How many of the people to show, drawn from all over',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const sample = this.getNodeParameter('sample', index, 5) as number;
		const by = this.getNodeParameter('ruleFrom', index) === 'segment' ? { name: (await chosenSegment(this, engine, index)).name } : { rule: ruleOf(this, index) };
		const preview = await engine.segments.preview(by, { sample });
		return [{ ...preview, sample: preview.sample.map(({ profile, attributes }) => ({ profileId: profile, attributes })) } as unknown as IDataObject];
	});
}
