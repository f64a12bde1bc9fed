import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { identityFields, identityOf, profileNumber } from '../identity';

const displayOptions = { show: { resource: ['profile'], operation: ['merge'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'of the person'),
	{
		displayName: 'Other Profile ID',
		name: 'otherProfileId',
		// Text, so that the panel marks it while it is empty.
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. {{ $json.otherProfileId }}',
		description: "The engine's own number of the profile that is the same person",
	},
	{
		displayName: 'Profile to Keep',
		name: 'keep',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'By Rule', value: 'rule', description: 'The one with a user ID, else the older' },
			{ name: 'The First', value: 'one', description: 'The one identified above; its values win' },
		],
		default: 'rule',
		description: 'Which profile stays. What it does not know is filled in from the other, whose ID goes on finding it.',
	},
];

/** Two user ids, or more identities than allowed, are refused with the reason. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const one = identityOf(this, index);
		const other = { profileId: profileNumber(this, String(this.getNodeParameter('otherProfileId', index, '') ?? '').trim(), index, 'Other Profile ID') };
		const keep = this.getNodeParameter('keep', index) as 'rule' | 'one';
		const { profile, merged } = await engine.profiles.merge(one, other, { keep, who: `workflow ${this.getWorkflow().id ?? ''}`.trim() });
		return [{ profileId: profile, mergedProfileId: merged }];
	});
}
