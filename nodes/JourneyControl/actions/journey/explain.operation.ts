import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { identityFields, identityOf } from '../../../ProfileEngine/actions/identity';
import { eachItem } from '../../../shared/eachItem';
import { oneWorkflowOf, scopeFields } from '../scope';
import { triggerField, triggerOf } from '../triggerField';
import { stepField } from './stepField';

const displayOptions = { show: { resource: ['journey'], operation: ['explain'] } };

export const description: INodeProperties[] = [
	...scopeFields(displayOptions, { all: false }),
	triggerField(displayOptions, 'the one they were in last, else the first'),
	...identityFields(displayOptions, 'of the person to explain'),
	stepField(displayOptions, 'Only the messages of this step, and what would keep its next one back'),
	{
		displayName: 'Message ID',
		name: 'messageId',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. Yk2rT0b3QpWm5n8xZ1aLcQ',
		description: 'Only this message: the messageId that Get Messages puts out; empty for all',
	},
];

/** Why this person got a message or did not, will get it, and is where they are. Reads only. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const step = String(this.getNodeParameter('step', index, '') ?? '').trim();
		const message = String(this.getNodeParameter('messageId', index, '') ?? '').trim();
		const journey = triggerOf(this, index);
		const { profile, text, status, ...rest } = await engine.insights.explain({
			who: identityOf(this, index),
			workflow: oneWorkflowOf(this, index),
			...(journey === undefined ? {} : { journey }),
			...(step === '' ? {} : { step }),
			...(message === '' ? {} : { message }),
		});
		return [{ profileId: profile, status, text, ...rest } as unknown as IDataObject];
	});
}
