import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { oneWorkflowOf, scopeFields } from '../scope';
import { triggerField, triggerOf } from '../triggerField';

const displayOptions = { show: { resource: ['test'], operation: ['timeline'] } };

export const description: INodeProperties[] = [
	...scopeFields(displayOptions, { all: false }),
	triggerField(displayOptions, 'the first'),
	{
		displayName: 'Profile IDs',
		name: 'timelineProfiles',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. 17, 42',
		description: 'Only these test people, with commas between their numbers; empty for the newest 50 who were in the journey',
	},
];

/** One item for each thing that happened, by person and time. Reads only. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const workflow = oneWorkflowOf(this, index);
		const trigger = triggerOf(this, index);
		const people = String(this.getNodeParameter('timelineProfiles', index, '') ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '').map(Number);
		const { entries, journey, daySeconds } = await engine.insights.timeline({ workflow, ...(trigger === undefined ? {} : { journey: trigger }), ...(people.length === 0 ? {} : { people }) });
		return entries.map(({ profile, kind, step, text, day, journeyTime, at }) => ({ profileId: profile, day, journeyTime, kind, step, text, at, journey, daySeconds, workflowId: workflow }));
	});
}
