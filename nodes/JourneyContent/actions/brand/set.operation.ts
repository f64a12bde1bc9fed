import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { jsonObjectOf } from '../../../shared/json';
import { sourceOf } from '../../../shared/source';

const displayOptions = { show: { resource: ['brand'], operation: ['set'] } };

const EXAMPLE = '{ "colors": { "main": "#6c4cf1" }, "fonts": { "text": "Helvetica, Arial, sans-serif" }, "social": { "instagram": "https://instagram.com/shop" } }';

export const description: INodeProperties[] = [
	{ displayName: 'Name', name: 'brandName', type: 'string', displayOptions, default: '', placeholder: 'e.g. Lamp Shop', description: 'Liquid says {{ brand.name }}. Fields that are empty stay as they were.' },
	{ displayName: 'Logo', name: 'logo', type: 'string', displayOptions, default: '', placeholder: 'e.g. https://www.example.com/logo.png', description: 'Web address of the logo: {{ brand.logo }}' },
	{ displayName: 'Website', name: 'url', type: 'string', displayOptions, default: '', placeholder: 'e.g. https://www.example.com', description: 'Where the logo leads' },
	{ displayName: 'Postal Address', name: 'address', type: 'string', displayOptions, default: '', placeholder: 'e.g. Lamp Shop, Main Street 1, 3011 Bern', description: 'Many countries want one in every marketing mail: {{ brand.address }}' },
	{ displayName: 'More Values (JSON)', name: 'values', type: 'json', displayOptions, default: '{}', placeholder: `e.g. ${EXAMPLE}`, description: `Colours, fonts, social links and whatever else templates say as brand.…; an object replaces the whole object of its name, null takes a value away. For example ${EXAMPLE}.` },
	{ displayName: 'Publish Templates Again', name: 'republish', type: 'boolean', displayOptions, default: false, description: 'Whether published templates that show the brand are published again with it. Else they keep the one they were published with; their keys come out as behind.' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const text = (name: string) => String(this.getNodeParameter(name, index, '') ?? '').trim();
		const fields = { name: text('brandName'), logo: text('logo'), url: text('url'), address: text('address') };
		const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
		const more = jsonObjectOf(this, index, { name: 'values', displayName: 'More Values (JSON)', example: EXAMPLE });
		return [(await engine.brand.set({ ...filled, ...more }, { by: sourceOf(this), republish: this.getNodeParameter('republish', index, false) === true })) as unknown as IDataObject];
	});
}
