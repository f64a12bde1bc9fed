import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { isEngineError } from '../../../../engine';
import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { toNodeError } from '../../../shared/errors';
import { sourceOf } from '../../../shared/source';
import { identityFields, identityOf } from '../identity';
import { passedBy, whenNotFoundField } from '../whenNotFound';

const displayOptions = { show: { resource: ['profile'], operation: ['merge'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'of the person'),
	...identityFields(displayOptions, 'of the other, who is the same person', 'other'),
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
	whenNotFoundField(displayOptions),
];

/** Two user ids, or more identities than allowed, are refused with the reason. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const people = [identityOf(this, index), identityOf(this, index, 'other')] as const;
		const keep = this.getNodeParameter('keep', index) as 'rule' | 'one';
		try {
			const { profile, merged, leftOut } = await engine.profiles.merge(...people, { keep, who: sourceOf(this) });
			return [{ profileId: profile, mergedProfileId: merged, ...(leftOut === undefined ? {} : { leftOut }) }];
		} catch (error) {
			if (!isEngineError(error) || error.code !== 'NOT_FOUND') throw toNodeError(this.getNode(), error, index);
			return error.details.index === 1 ? passedBy(this, people[1], index, ' (the other person)') : passedBy(this, people[0], index);
		}
	});
}
