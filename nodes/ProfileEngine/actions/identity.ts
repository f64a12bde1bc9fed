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

/** Where an operation takes two people: the names of the fields of each. */
const FIELDS = {
	first: {
		by: { displayName: 'Identify By', name: 'identifyBy' }, kind: { displayName: 'Kind of ID', name: 'identityKind' },
		value: { displayName: 'Value', name: 'identityValue', placeholder: 'e.g. {{ $json.email }}' },
	},
	other: {
		by: { displayName: 'Identify the Other By', name: 'otherIdentifyBy' }, kind: { displayName: 'Kind of the Other ID', name: 'otherIdentityKind' },
		value: { displayName: 'Value of the Other', name: 'otherIdentityValue', placeholder: 'e.g. {{ $json.otherEmail }}' },
	},
};
export type PersonAsked = keyof typeof FIELDS;

/** Two or three fields that say whose an item is. */
export function identityFields(displayOptions: IDisplayOptions, whose: string, which: PersonAsked = 'first'): INodeProperties[] {
	const { by, kind, value } = FIELDS[which];
	return [
		{
			...by,
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [...KINDS, OWN_ID].sort(byName),
			default: 'email',
			description: `What finds the profile ${whose}`,
		},
		{
			...kind,
			type: 'string',
			noDataExpression: true,
			displayOptions: { show: { ...displayOptions.show, [by.name]: ['other'] } },
			required: true,
			default: '',
			placeholder: 'e.g. shopify_customer',
			description: 'Name of the system or of the kind of ID, the same every time',
		},
		{
			...value,
			type: 'string',
			displayOptions,
			required: true,
			default: '',
			description: 'The email address, phone number or ID, usually from the item',
		},
	];
}

/** What an item is found by, in the engine's words. Throws with the item's index when the value is empty. */
export function identityOf(context: IExecuteFunctions, itemIndex: number, which: PersonAsked = 'first'): Identity | { profileId: number } {
	const fields = FIELDS[which];
	const by = context.getNodeParameter(fields.by.name, itemIndex) as string;
	const value = String(context.getNodeParameter(fields.value.name, itemIndex, '') ?? '').trim();
	if (value === '') {
		throw new NodeOperationError(context.getNode(), which === 'first' ? 'Nothing says whose this item is: the value to identify by is empty' : 'Nothing says who the other person is: the value to identify by is empty', {
			itemIndex,
			description: `Check the expression in '${fields.value.displayName}', or filter out items without one before this node.`,
		});
	}
	if (by === 'profileId') return { profileId: profileNumber(context, value, itemIndex, fields.value.displayName) };
	const kind = by === 'other' ? (context.getNodeParameter(fields.kind.name, itemIndex) as string).trim() : by;
	if (kind === '') {
		throw new NodeOperationError(context.getNode(), `'${fields.kind.displayName}' is empty`, {
			itemIndex,
			description: 'Name the system that the ID comes from, for example shopify_customer.',
		});
	}
	return { kind, value };
}

/** `field`: where the number stands in the panel. Throws with the item's index when it is none. */
function profileNumber(context: IExecuteFunctions, value: string, itemIndex: number, field: string): number {
	const id = Number(value);
	if (Number.isSafeInteger(id) && id > 0) return id;
	throw new NodeOperationError(context.getNode(), 'A profile ID is a positive whole number', {
		itemIndex,
		description: `Check '${field}'. The number is the profileId in what Profile: Get and other operations put out.`,
	});
}
