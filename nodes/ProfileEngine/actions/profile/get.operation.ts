import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, ProfileView } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { nameIn, nameLocator } from '../../../shared/fields/locator';
import { identityFields, identityOf } from '../identity';
import { passedBy, whenNotFoundField } from '../whenNotFound';

const displayOptions = { show: { resource: ['profile'], operation: ['get'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'to get'),
	whenNotFoundField(displayOptions),
	{
		displayName: 'Simplify',
		name: 'simple',
		type: 'boolean',
		displayOptions,
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			nameLocator({
				displayName: 'Location From Event', name: 'locationEvent', list: 'searchEvents', placeholder: 'e.g. Store Visited',
				description: 'Where no attribute says where the person is: the newest event of this name tells it',
			}),
			nameLocator({
				displayName: 'Location Property', name: 'locationProperty', list: 'searchEventProperties', default: 'location', placeholder: 'e.g. store.location',
				description: 'Property of that event with latitude and longitude; a dot leads into objects',
			}),
		],
	},
];

/** Who they are and where they stand. n8n keeps what comes out, and cannot be made to forget it: the rest only for who asks. */
const SIMPLE = ['attributes', 'identities', 'test', 'segments', 'lists', 'scores', 'stage', 'country', 'zone', 'createdAt', 'updatedAt'] as const satisfies ReadonlyArray<keyof ProfileView>;

/** The profile: simplified, or the full picture with consents, suppressions, latest events, messages, journeys and merges. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const by = identityOf(this, index);
		const { locationEvent, locationProperty } = this.getNodeParameter('options', index, {}) as { locationEvent?: unknown; locationProperty?: unknown };
		const event = nameIn(locationEvent);
		const profile = await engine.profiles.get(by, event === '' ? {} : { location: { event, property: nameIn(locationProperty) || 'location' } });
		if (profile) return [rowOf(profile, this.getNodeParameter('simple', index, true) === true, event !== '')];
		return passedBy(this, by, index);
	});
}

/** The id under the name it has everywhere else. */
function rowOf({ id, ...profile }: ProfileView, simple: boolean, located: boolean): IDataObject {
	const shown = simple ? Object.fromEntries([...SIMPLE, ...(located ? (['location'] as const) : [])].map((name) => [name, profile[name]])) : profile;
	return { profileId: id, ...shown } as unknown as IDataObject;
}
