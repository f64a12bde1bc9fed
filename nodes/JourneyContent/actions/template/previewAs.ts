import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { PreviewAs } from '../../../../engine';
import { jsonObjectOf } from '../../../shared/json';
import { versionIn } from '../versionField';
import { templateKeyOf } from './templateKey';

/** As whom a template is rendered. */
export function previewFields({ show = {} }: IDisplayOptions): INodeProperties[] {
	return [
		{
			displayName: 'As', name: 'previewAs', type: 'options', noDataExpression: true, displayOptions: { show }, default: 'sample', description: 'Who sees the message',
			options: [{ name: 'Person', value: 'person', description: 'Somebody there is, with their attributes and language' }, { name: 'Test Data', value: 'sample', description: 'What was saved with the template' }],
		},
		{ displayName: 'Profile ID', name: 'profileId', type: 'string', required: true, displayOptions: { show: { ...show, previewAs: ['person'] } }, default: '', placeholder: 'e.g. 17', description: 'ID of the person, as items carry it' },
		{ displayName: 'Test Data', name: 'sample', type: 'string', displayOptions: { show: { ...show, previewAs: ['sample'] } }, default: '', placeholder: 'e.g. Ann, With Two Products', description: 'Name of the test data; empty takes the first' },
	];
}

/** With the options language and item. Throws a NodeOperationError. */
export function previewAs(context: IExecuteFunctions, index: number): PreviewAs {
	const text = (name: string) => String(context.getNodeParameter(name, index, '') ?? '').trim();
	const options = context.getNodeParameter('options', index, {}) as { item?: unknown; language?: string };
	const version = versionIn(context, index, 'version');
	const as = context.getNodeParameter('previewAs', index, 'sample') === 'person' ? { profileId: profileIn(context, index, text('profileId')) } : text('sample') === '' ? {} : { sample: text('sample') };
	const item = options.item === undefined ? {} : jsonObjectOf(context, index, { name: 'options.item', displayName: 'Item (JSON)', example: '{ "products": [] }' });
	const language = (options.language ?? '').trim();
	return { key: templateKeyOf(context, index), ...as, ...(version === null ? {} : { version }), ...(language === '' ? {} : { language }), ...(Object.keys(item).length === 0 ? {} : { item }) };
}

function profileIn(context: IExecuteFunctions, itemIndex: number, given: string): number {
	if (/^\d{1,15}$/.test(given)) return Number(given);
	throw new NodeOperationError(context.getNode(), 'The profile ID is no number', { itemIndex, description: 'Write the ID of a person, such as 17, or take it from the item: {{ $json.profileId }}.' });
}
