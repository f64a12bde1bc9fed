import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { ListReport } from '../../../../engine';
import { nameIn, nameLocator } from '../../../shared/fields';

export function listField(displayOptions: IDisplayOptions, texts: { displayName?: string; name?: string; description?: string; list?: 'searchLists' | 'searchGroups' } = {}): INodeProperties {
	return nameLocator({
		displayName: texts.displayName ?? 'List',
		name: texts.name ?? 'list',
		description: texts.description ?? 'A static list',
		placeholder: 'e.g. Press',
		list: texts.list ?? 'searchLists',
		required: true,
		displayOptions,
	});
}

export function listOf(context: IExecuteFunctions, itemIndex: number, parameter = 'list'): string {
	const name = nameIn(context.getNodeParameter(parameter, itemIndex, ''));
	if (name !== '') return name;
	throw new NodeOperationError(context.getNode(), 'No list is chosen', { itemIndex, description: 'Choose one from the list, or give its name.' });
}

export function reportRow(list: string, { changed, unchanged, rejected }: ListReport): { list: string; changed: number; unchanged: number; rejected: number } {
	return { list, changed, unchanged, rejected: rejected.length };
}
