import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { oneWorkflowOf, scopeFields } from '../scope';
import { stepField } from './stepField';

const displayOptions = { show: { resource: ['journey'], operation: ['retryHeld'] } };

export const description: INodeProperties[] = [
	{
		displayName:
			'Held people go on where they stopped. Mails that left are not sent again, but nodes of other kinds between journey nodes run once more for them.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...scopeFields(displayOptions, { all: false }),
	stepField(displayOptions, 'Only the people held at this step'),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = oneWorkflowOf(this, index);
		const step = this.getNodeParameter('step', index, '') as string;
		const { retried } = await engine.journeys.retryHeld({ workflow, ...(step === '' ? {} : { step }) });
		return [{ workflowId: workflow, retried }];
	});
}
