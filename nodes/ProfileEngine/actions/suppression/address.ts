import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { SuppressionEntry } from '../../../../engine';
import { channelField } from '../channel';

export function addressFields(displayOptions: IDisplayOptions): INodeProperties[] {
	return [
		channelField(displayOptions, 'Where the address belongs; each channel has its own list'),
		{
			displayName: 'Address',
			name: 'address',
			type: 'string',
			displayOptions,
			required: true,
			default: '',
			placeholder: 'e.g. {{ $json.email }}',
			description: 'Email address, phone number with its country code, or device token. It need not belong to a known person.',
		},
	];
}

export function addressOf(context: IExecuteFunctions, itemIndex: number): SuppressionEntry {
	const address = String(context.getNodeParameter('address', itemIndex, '') ?? '').trim();
	if (address === '') {
		throw new NodeOperationError(context.getNode(), 'The address is empty', {
			itemIndex,
			description: "Check the expression in 'Address', or filter out items without one before this node.",
		});
	}
	return { channel: context.getNodeParameter('channel', itemIndex) as string, address };
}

export const REASON_OPTIONS = [
	{ name: 'Complaint', value: 'complaint', description: 'They reported a message as spam' },
	{ name: 'Hard Bounce', value: 'hard-bounce', description: 'The address does not exist' },
	{ name: 'Manual', value: 'manual', description: 'Somebody decided so' },
];
