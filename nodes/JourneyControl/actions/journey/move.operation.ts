import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { forWhom, whomFields } from './whom';

const displayOptions = { show: { resource: ['journey'], operation: ['move'] } };

export const description: INodeProperties[] = [
	{
		displayName:
			'For people who wait, are held, or are stranded at a step that is gone. Who is in an execution right now stays. What a step has sent them in this run it does not send again.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...whomFields(displayOptions, 'moved'),
	{
		displayName: 'To Step Name or ID',
		name: 'toStep',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getPlaces', loadOptionsDependsOn: ['scope', 'journey', 'workflowId'] },
		displayOptions,
		required: true,
		default: '',
		description:
			'Where they go: a published wait, sender or trigger of the same workflow. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: 'When They Are There',
		name: 'thereThey',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Go On at Once', value: 'now', description: 'As when the wait there is over; a wait for an event times out' },
			{ name: 'Keep Waiting', value: 'keep', description: 'For the same, and until the same time, as where they stood' },
		],
		default: 'now',
		description: 'What they do at the other step',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await forWhom(
		this,
		(index) => ({
			to: String(this.getNodeParameter('toStep', index, '') ?? '').trim(),
			wait: this.getNodeParameter('thereThey', index) === 'keep' ? ('keep' as const) : ('now' as const),
		}),
		async (request) => {
			const { moved, refused } = await engine.journeys.move(request);
			return { workflowId: request.workflow, moved, refused: refused.map(({ profile, step, reason }) => ({ profileId: profile, stepId: step, reason })) };
		},
	);
}
