import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';

const displayOptions = { show: { resource: ['sending'], operation: ['stop'] } };

export const description: INodeProperties[] = [
	{
		displayName:
			'Stops every journey message of this n8n at once, also when you execute it in the editor. People keep their place and go on after Resume.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	{
		displayName: 'Reason',
		name: 'reason',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. Wrong prices in the spring mail',
		description: 'Shown to everyone who looks at the journeys while sending is stopped',
	},
];

/** Once, however many items come in: the switch is one for all. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const reason = String(this.getNodeParameter('reason', 0, '') ?? '').trim();
	if (reason === '') {
		throw new NodeOperationError(this.getNode(), 'Say why sending is stopped', {
			itemIndex: 0,
			description: "Fill in 'Reason': whoever finds the journeys silent needs to know what to wait for.",
		});
	}
	await engine.journeys.stopSending(reason);
	return [{ json: { ...(await engine.journeys.sendingStopped()) }, pairedItem: { item: 0 } }];
}
