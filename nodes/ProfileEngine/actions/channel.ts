import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { CHANNEL_OPTIONS } from '../../shared/fields';

/** `first`: a choice before the channels, which is then the default. */
export function channelField(displayOptions: IDisplayOptions, description: string, first?: INodePropertyOptions): INodeProperties {
	const field: INodeProperties = {
		displayName: 'Channel',
		name: 'channel',
		type: 'options',
		displayOptions,
		options: CHANNEL_OPTIONS,
		default: 'email',
		description,
	};
	return first === undefined ? field : { ...field, options: [first, ...CHANNEL_OPTIONS], default: first.value };
}
