import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { oneWorkflowOf, scopeFields } from '../scope';
import { triggerField, triggerOf } from '../triggerField';

const displayOptions = { show: { resource: ['journey'], operation: ['resume'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Whoever became due while the journey was paused goes on now. One that paused itself above its cap on entries lets its crowd in: look at Get People first.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...scopeFields(displayOptions, { all: false }),
	triggerField(displayOptions, 'all of them'),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = oneWorkflowOf(this, index);
		const journeyStep = triggerOf(this, index);
		return [{ workflowId: workflow, ...(await engine.journeys.resume({ workflow, ...(journeyStep === undefined ? {} : { journeyStep }) }, { by: sourceOf(this) })) }];
	});
}
