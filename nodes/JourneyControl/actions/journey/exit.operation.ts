import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { forWhom, whomFields } from './whom';

const displayOptions = { show: { resource: ['journey'], operation: ['exit'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'They leave the journey at once, wherever they stand, and are sent nothing more by it. This cannot be taken back.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...whomFields(displayOptions, 'taken out'),
	{
		displayName: 'Reason',
		name: 'reason',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. Campaign cancelled',
		description: 'Shown in statistics and by Explain; the same words are counted together',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await forWhom(
		this,
		(index) => ({ reason: String(this.getNodeParameter('reason', index, '') ?? '') }),
		async (request) => ({ workflowId: request.workflow, ...(await engine.journeys.exitPeople(request)) }),
	);
}
