import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { jsonObjectOf } from '../../../shared/json';
import { templateField, templateKeyOf } from './templateKey';

const displayOptions = { show: { resource: ['template'], operation: ['testData'] } };
const kept = { show: { ...displayOptions.show, remove: [false] } };

export const description: INodeProperties[] = [
	templateField(displayOptions),
	{ displayName: 'Name', name: 'sampleName', type: 'string', required: true, displayOptions, default: '', placeholder: 'e.g. Ann, With Two Products', description: 'What the test data is called; the same name replaces it' },
	{ displayName: 'Remove', name: 'remove', type: 'boolean', displayOptions, default: false, description: 'Whether to take the test data of this name away' },
	{ displayName: 'Profile (JSON)', name: 'profile', type: 'json', displayOptions: kept, default: '{}', placeholder: 'e.g. { "firstName": "Ann", "locale": "de" }', description: 'Attributes of a made-up person. Use no real one: test data stays when people are erased.' },
	{ displayName: 'Event (JSON)', name: 'event', type: 'json', displayOptions: kept, default: '{}', placeholder: 'e.g. { "name": "Ordered", "properties": { "total": "49.90" } }', description: 'The event that starts the journey, as Liquid sees it' },
	{ displayName: 'Item (JSON)', name: 'item', type: 'json', displayOptions: kept, default: '{}', placeholder: 'e.g. { "products": [] }', description: 'What the item carries, as Liquid sees it' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const object = (name: string, displayName: string) => jsonObjectOf(this, index, { name, displayName, example: '{ "firstName": "Ann" }' });
		const removed = this.getNodeParameter('remove', index, false) === true;
		const event = removed ? {} : object('event', 'Event (JSON)');
		const sample = removed ? null : { profile: object('profile', 'Profile (JSON)'), ...(Object.keys(event).length === 0 ? {} : { event }), item: object('item', 'Item (JSON)') };
		return [(await engine.templates.saveSample(templateKeyOf(this, index), String(this.getNodeParameter('sampleName', index, '')).trim(), sample)) as unknown as IDataObject];
	});
}
