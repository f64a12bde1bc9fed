import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from '../../../shared/fields';

export function blockField(displayOptions: IDisplayOptions, isNew = false): INodeProperties {
	return nameLocator({
		displayName: 'Block', name: 'block', list: 'searchBlocks', placeholder: 'e.g. footer', required: true, displayOptions, ...(isNew ? { typed: 'By Key' } : {}),
		description: isNew ? "What templates call it, in {% render 'footer' %}: small letters, digits and hyphens. One that exists gets the new draft." : 'A block that was created before, by its key',
	});
}

/** Throws when nothing is chosen. */
export function blockKeyOf(context: IExecuteFunctions, itemIndex: number): string {
	const key = nameIn(context.getNodeParameter('block', itemIndex, ''));
	if (key !== '') return key;
	throw new NodeOperationError(context.getNode(), 'No block is chosen', { itemIndex, description: "Choose one under 'Block', or give its key, such as footer." });
}
