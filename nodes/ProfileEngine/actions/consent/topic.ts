import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from '../../../shared/fields';

export function topicField(displayOptions: IDisplayOptions, description: string): INodeProperties {
	return nameLocator({ displayName: 'Topic', name: 'topic', list: 'searchTopics', placeholder: 'e.g. newsletter', description, displayOptions });
}

export function topicOf(context: IExecuteFunctions, itemIndex: number): string {
	return nameIn(context.getNodeParameter('topic', itemIndex, ''));
}

export const SOURCE_OPTION: INodeProperties = {
	displayName: 'Source',
	name: 'source',
	type: 'string',
	default: 'node',
	placeholder: 'e.g. sign-up form',
	description: 'Where the person said so; kept with the change for good. Left at node: the workflow and this node.',
};

export const IP_OPTION: INodeProperties = {
	displayName: 'IP Address',
	name: 'ip',
	type: 'string',
	default: '',
	placeholder: 'e.g. 203.0.113.7',
	description: 'From where the person said so. Stored only when the settings allow IP addresses.',
};
