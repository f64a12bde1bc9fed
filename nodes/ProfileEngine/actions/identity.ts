import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { Identity } from '../../../engine';

const KINDS: INodePropertyOptions[] = [
	{ name: 'Anonymous ID', value: 'anonymous_id', description: 'The ID a site or app gave before the person was known' },
	{ name: 'Email', value: 'email', description: 'An email address' },
	{ name: 'Other', value: 'other', description: 'An ID of another system, with a name you choose' },
	{ name: 'Phone', value: 'phone', description: 'A phone number, best with its country code' },
	{ name: 'User ID', value: 'user_id', description: 'The ID of the person in your own system; one a profile' },
];

const OWN_ID: INodePropertyOptions = {
	name: 'Profile ID',
	value: 'profileId',
	description: "The engine's own number of the profile",
};

const byName = (a: INodePropertyOptions, b: INodePropertyOptions) => a.name.localeCompare(b.name);

/** Two or three fields that say whose an item is. */
export function identityFields(displayOptions: IDisplayOptions, whose: string): INodeProperties[] {
	return [
		{
			displayName: 'Identify By',
			name: 'identifyBy',
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [...KINDS, OWN_ID].sort(byName),
			default: 'email',
			description: `What finds the profile ${whose}`,
		},
		{
			displayName: 'Kind of ID',
			name: 'identityKind',
			type: 'string',
			noDataExpression: true,
			displayOptions: { show: { ...displayOptions.show, identifyBy: ['other'] } },
			required: true,
			default: '',
			placeholder: 'e.g. shopify_customer',
			description: 'Name of the system or of the kind of ID, the same every time',
		},
		{
			displayName: 'Value',
			name: 'identityValue',
			type: 'string',
			displayOptions,
			required: true,
			default: '',
			placeholder: 'e.g. {{ $json.email }}',
			description: 'The email address, phone number or ID, usually from the item',
		},
	];
}

/** What an item is found by, in the engine's words. Throws with the item's index when the value is empty. */
export function identityOf(context: IExecuteFunctions, itemIndex: number): Identity | { profileId: number } {
	const by = context.getNodeParameter('identifyBy', itemIndex) as string;
	const value = String(context.getNodeParameter('identityValue', itemIndex, '') ?? '').trim();
	if (value === '') {
		throw new NodeOperationError(context.getNode(), 'Nothing says whose this item is: the value to identify by is empty', {
			itemIndex,
			description: "Check the expression in 'Value', or filter out items without one before this node.",
		});
	}
	if (by === 'profileId') return { profileId: profileNumber(context, value, itemIndex) };
	const kind = by === 'other' ? (context.getNodeParameter('identityKind', itemIndex) as string).trim() : by;
	if (kind === '') {
		throw new NodeOperationError(context.getNode(), "'Kind of ID' is empty", {
			itemIndex,
			description: 'Name the system that the ID comes from, for example shopify_customer.',
		});
	}
	return { kind, value };
}

/** `field`: where the number stands in the panel. Throws with the item's index when it is none. */
export function profileNumber(context: IExecuteFunctions, value: string, itemIndex: number, field = 'Value'): number {
	const id = Number(value);
	if (Number.isSafeInteger(id) && id > 0) return id;
	throw new NodeOperationError(context.getNode(), 'A profile ID is a positive whole number', {
		itemIndex,
		description: `Check '${field}'. The number is the profileId in what Profile: Get and other operations put out.`,
	});
}
