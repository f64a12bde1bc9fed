import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

export function topicField(displayOptions: IDisplayOptions, description: string): INodeProperties {
	return {
		displayName: 'Topic',
		name: 'topic',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. newsletter',
		description,
	};
}

export function topicOf(context: IExecuteFunctions, itemIndex: number): string {
	return String(context.getNodeParameter('topic', itemIndex, '') ?? '').trim();
}

/** The wording the person was shown, and where the change comes from. */
export const SOURCE_OPTION: INodeProperties = {
	displayName: 'Source',
	name: 'source',
	type: 'string',
	default: 'node',
	placeholder: 'e.g. sign-up form',
	description: 'Where the person said so; kept with the change for good',
};

export const IP_OPTION: INodeProperties = {
	displayName: 'IP Address',
	name: 'ip',
	type: 'string',
	default: '',
	placeholder: 'e.g. 203.0.113.7',
	description: 'From where the person said so. Stored only when the settings allow IP addresses.',
};
