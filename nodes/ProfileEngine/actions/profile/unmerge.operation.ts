import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { identityFields, identityOf } from '../identity';

const displayOptions = { show: { resource: ['profile'], operation: ['unmerge'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'whose last merge is taken back'),
	{
		displayName: 'What was moved by the last merge goes back to the profile it came from. What came since stays. Journeys that the merge ended stay ended. The two stay apart from now on: what carries identities of both goes to whose identity is the stronger (user ID, email, phone, others, anonymous ID). Merge makes them one again.',
		name: 'unmergeNotice',
		type: 'notice',
		displayOptions,
		default: '',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const { profile, restored } = await engine.profiles.unmerge(identityOf(this, index), { who: sourceOf(this) });
		return [{ profileId: profile, restoredProfileId: restored }];
	});
}
