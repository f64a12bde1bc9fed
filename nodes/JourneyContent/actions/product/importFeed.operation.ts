import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, FeedOptions, FeedReport } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { fileChunks } from '../../../shared/fileChunks';
import { fileFields, urlOf } from '../fileFields';
import { feedField, feedOf } from './feedField';

const displayOptions = { show: { resource: ['product'], operation: ['importFeed'] } };

export const description: INodeProperties[] = [
	feedField(displayOptions),
	...fileFields(displayOptions, 'product feed'),
	{
		displayName: 'Format', name: 'format', type: 'options', noDataExpression: true, displayOptions,
		options: [
			{ name: 'CSV', value: 'csv', description: 'The first line names the columns: ID, title, link, image_link, price, availability' },
			{ name: 'Detect', value: 'auto', description: 'By how the file begins' },
			{ name: 'Google Merchant XML', value: 'xml', description: 'RSS 2.0 or Atom, as Google Merchant Center takes it' },
			{ name: 'JSON', value: 'json', description: 'A list of products, an object with such a list, or a product a line' },
		],
		default: 'auto',
	},
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [
			{ displayName: 'Allow Shrinking', name: 'allowShrinking', type: 'boolean', default: false, description: 'Whether to take the feed although more than half of the products are missing in it' },
			{ displayName: 'Currency', name: 'currency', type: 'string', default: '', placeholder: 'e.g. EUR', description: 'Of prices without one, in three letters' },
			{ displayName: 'Delimiter', name: 'delimiter', type: 'string', default: '', placeholder: 'e.g. ;', description: 'Of a CSV file. Empty: what its first line has.' },
			{ displayName: 'Language', name: 'language', type: 'string', default: '', placeholder: 'e.g. de', description: 'Who speaks it is shown the products of this feed; where there is one feed everybody is' },
		],
	},
];

/** A file an item, piece by piece: its size does not matter. The feed changes at the end, all at once. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { allowShrinking = false, currency = '', delimiter = '', language = '' } = this.getNodeParameter('options', index, {}) as { allowShrinking?: boolean; currency?: string; delimiter?: string; language?: string };
		const options: FeedOptions = {
			feed: feedOf(this, index), format: this.getNodeParameter('format', index, 'auto') as 'auto', allowShrinking,
			...(currency.trim() === '' ? {} : { currency: currency.trim().toUpperCase() }), ...(delimiter === '' ? {} : { delimiter: delimiter === '\\t' ? '\t' : delimiter }), ...(language.trim() === '' ? {} : { language: language.trim() }),
		};
		const url = urlOf(this, index);
		return [(url === undefined ? await importFile(this, engine, index, options) : await engine.products.importUrl(url, options)) as unknown as IDataObject];
	});
}

async function importFile(context: IExecuteFunctions, engine: Engine, index: number, options: FeedOptions): Promise<FeedReport> {
	const { importId } = await engine.products.importStart(options);
	let isWhole = false;
	try {
		for await (const chunk of fileChunks(context, index, context.getNodeParameter('binaryProperty', index) as string)) await engine.products.importChunk(importId, chunk);
		isWhole = true;
	} finally {
		if (!isWhole) await engine.products.importAbort(importId);
	}
	return await engine.products.importEnd(importId);
}
