import type { INodeProperties } from 'n8n-workflow';

/** Below the settings in force, for marketing. */
export function guardsNotice(what: 'mail' | 'message'): INodeProperties {
	return {
		displayName: `These, and each person's own wishes, may hold this ${what} back. Execute the node to see which of them apply now; When Capped and When Quiet under Options say what happens then.`,
		name: 'guardsNotice',
		type: 'notice',
		displayOptions: { show: { purpose: ['marketing'] } },
		default: '',
	};
}

/** Among a sender's options. */
export const connectionsField: INodeProperties = {
	displayName: 'Connections',
	name: 'connections',
	type: 'number',
	noDataExpression: true,
	typeOptions: { minValue: 1, maxValue: 50 },
	default: 10,
	description: 'How many messages are handed to the provider at the same time',
};

/** Read with contactIn(). */
export const contactPhoneField: INodeProperties = {
	displayName: 'Contact Phone',
	name: 'contactPhone',
	type: 'string',
	default: '',
	placeholder: 'e.g. {{ $json.phone }}',
	description: 'Only for items that do not come from a journey, for example rows of a sheet: the number finds the profile, or makes it. Inside a journey the person is known and this is not read.',
};
