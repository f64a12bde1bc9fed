import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from '../../../shared/fields';

export function topicField(displayOptions: IDisplayOptions, description: string): INodeProperties {
	return nameLocator({ displayName: 'Topic', name: 'topic', list: 'searchTopics', placeholder: 'e.g. newsletter', description, displayOptions });
}

export function topicOf(context: IExecuteFunctions, itemIndex: number): string {
	return nameIn(context.getNodeParameter('topic', itemIndex, ''));
}

/** `example`: of where somebody may have said so. Read it with nameIn(). */
export function consentSourceField(example: string, displayOptions?: IDisplayOptions): INodeProperties {
	return nameLocator({
		displayName: 'Source', name: 'source', list: 'searchConsentSources', typed: 'By Name', default: 'node', placeholder: `e.g. ${example}`,
		description: 'Where the person said so; kept with the change for good. Left at node: the workflow and this node.',
		...(displayOptions ? { displayOptions } : {}),
	});
}

export const SOURCE_OPTION: INodeProperties = consentSourceField('sign-up form');

export const IP_OPTION: INodeProperties = {
	displayName: 'IP Address',
	name: 'ip',
	type: 'string',
	default: '',
	placeholder: 'e.g. 203.0.113.7',
	description: 'From where the person said so. Stored only when the settings allow IP addresses.',
};
