import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IDisplayOptions, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { canonicalJson } from '../../../../engine';
import type { PeopleReach } from '../../../../engine';
import { failItem } from '../../../shared/errors';
import { askedOf } from '../../../shared/settings';
import { sourceOf } from '../../../shared/source';
import { groupBy } from '../../../shared/step';
import { oneWorkflowOf, scopeFields } from '../scope';
import { stepField } from './stepField';

/** Which people of a journey an operation moves or ends: everybody at a step, or chosen ones. */
export function whomFields(displayOptions: IDisplayOptions, done: string): INodeProperties[] {
	return [
		...scopeFields(displayOptions, { all: false }),
		{
			displayName: 'Whom',
			name: 'whom',
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [
				{ name: 'Chosen People', value: 'people', description: 'Only the profiles of the incoming items' },
				{ name: 'Everybody There', value: 'everybody', description: 'All who stand at the step; without a step, everybody in the journey' },
			],
			default: 'people',
			description: `Who is ${done}`,
		},
		{
			displayName: 'Profile IDs',
			name: 'profileIds',
			type: 'string',
			displayOptions: { show: { ...displayOptions.show, whom: ['people'] } },
			required: true,
			default: '={{ $json.profileId }}',
			placeholder: 'e.g. 17, 42',
			description: 'Numbers of profiles, as Get People puts them out; several with commas between them. The items are handled together.',
		},
		{ ...stepField(displayOptions, `Only the people at this step are ${done}`), displayName: 'At Step Name or ID' },
	];
}

/**
 * One call for all items that ask for the same: people of 500 items are one batch. The answer is paired with all of them. Throws for an item
 * without a usable profile, unless the node continues on fail.
 */
export async function forWhom<More extends object>(
	context: IExecuteFunctions,
	read: (index: number) => More,
	call: (reach: PeopleReach & More) => Promise<IDataObject>,
): Promise<INodeExecutionData[]> {
	const { asked, failed: output } = askedOf(context, (index) => {
		const step = String(context.getNodeParameter('step', index, '') ?? '').trim();
		const rest: PeopleReach & More = { workflow: oneWorkflowOf(context, index), ...(step === '' ? {} : { step }), ...read(index) };
		return { ids: context.getNodeParameter('whom', index) === 'everybody' ? null : idsOf(context, index), rest };
	});
	for (const { items } of groupBy(asked, ({ ids, rest }) => ({ everybody: ids === null, rest }), canonicalJson)) {
		const [first] = items;
		const people = items.flatMap(({ ids }) => ids ?? []);
		try {
			const json = await call({ ...first.rest, source: sourceOf(context), ...(first.ids === null ? {} : { people }) });
			output.push({ json, pairedItem: items.map(({ index }) => ({ item: index })) });
		} catch (error) {
			for (const { index } of items) output.push(failItem(context, error, index));
		}
	}
	return output;
}

function idsOf(context: IExecuteFunctions, itemIndex: number): number[] {
	const given = context.getNodeParameter('profileIds', itemIndex) as unknown;
	const parts = (Array.isArray(given) ? given : String(given ?? '').split(',')).map((part) => String(part).trim()).filter((part) => part !== '');
	const ids = parts.map(Number);
	if (parts.length > 0 && ids.every((id) => Number.isSafeInteger(id) && id > 0)) return ids;
	throw new NodeOperationError(context.getNode(), parts.length === 0 ? 'Nobody is chosen: Profile IDs is empty' : 'A profile ID is a positive whole number', {
		itemIndex,
		description: "Use the profileId that Get People and Profile: Get put out, or choose 'Everybody There'.",
	});
}
