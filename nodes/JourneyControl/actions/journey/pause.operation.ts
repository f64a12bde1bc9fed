import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { oneWorkflowOf, scopeFields } from '../scope';
import { triggerField, triggerOf } from '../triggerField';

const displayOptions = { show: { resource: ['journey'], operation: ['pause'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Nobody in it goes on or is sent anything until Resume. Whoever enters waits at the trigger; exits still take people out.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...scopeFields(displayOptions, { all: false }),
	triggerField(displayOptions, 'all of them'),
	{
		displayName: 'Reason',
		name: 'pauseReason',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. The shop is down',
		description: 'Shown to everyone who looks at the journey while it is paused',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = oneWorkflowOf(this, index);
		const journeyStep = triggerOf(this, index);
		const reason = String(this.getNodeParameter('pauseReason', index, '') ?? '').trim();
		if (reason === '') {
			throw new NodeOperationError(this.getNode(), 'Say why the journey is paused', { itemIndex: index, description: "Fill in 'Reason': whoever finds it silent needs to know what to wait for." });
		}
		return [{ workflowId: workflow, ...(await engine.journeys.pause({ workflow, ...(journeyStep === undefined ? {} : { journeyStep }) }, reason, { by: sourceOf(this) })), reason }];
	});
}
