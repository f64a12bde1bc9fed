import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { identityFields, identityOf } from '../identity';

const displayOptions = { show: { resource: ['profile'], operation: ['get'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'to get'),
	{
		displayName: 'When Not Found',
		name: 'whenNotFound',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Error', value: 'error', description: 'Stop with an error' },
			{ name: 'No Item', value: 'nothing', description: 'Nothing comes out for this item' },
		],
		default: 'error',
		description: 'What to do when no profile has this identity',
	},
];

/** The profile with its attributes, identities, segments, consents, latest events, messages and journeys. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const by = identityOf(this, index);
		const profile = await engine.profiles.get(by);
		if (profile) return [{ ...profile } as unknown as IDataObject];
		if (this.getNodeParameter('whenNotFound', index) === 'nothing') return [];
		throw new NodeOperationError(
			this.getNode(),
			'profileId' in by ? 'No profile has this ID' : `No profile has this ${by.kind.replace(/_/g, ' ')}`,
			{
				itemIndex: index,
				description: "Check the value, or choose 'No Item' under 'When Not Found' to pass such items by.",
			},
		);
	});
}
