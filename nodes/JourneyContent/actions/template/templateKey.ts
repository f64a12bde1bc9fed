import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from '../../../shared/fields';

export function templateField(displayOptions: IDisplayOptions): INodeProperties {
	return nameLocator({
		displayName: 'Template', name: 'template', list: 'searchTemplates', placeholder: 'e.g. welcome-1', required: true, displayOptions,
		description: 'A template that was created before, by its key',
	});
}

/** Throws when nothing is chosen. */
export function templateKeyOf(context: IExecuteFunctions, itemIndex: number): string {
	const key = nameIn(context.getNodeParameter('template', itemIndex, ''));
	if (key !== '') return key;
	throw new NodeOperationError(context.getNode(), 'No template is chosen', { itemIndex, description: "Choose one under 'Template', or give its key, such as welcome-1." });
}
