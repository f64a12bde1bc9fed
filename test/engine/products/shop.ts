import type { LocalEngine } from '../../../engine/engine';
import type { FeedOptions, FeedReport } from '../../../engine/products/types';

export interface Row {
	id: string;
	title?: string;
	category?: string;
	availability?: string;
	item_group_id?: string;
	price?: string;
}

/** A feed of these products as CSV, imported in pieces as a node would. */
export async function importRows(engine: LocalEngine, rows: readonly Row[], options: FeedOptions = {}): Promise<FeedReport> {
	const csv = ['id,title,link,price,availability,product_type,item_group_id', ...rows.map(({ id, title = `Product ${id}`, category = '', availability = 'in_stock', item_group_id: group = '', price = '5 EUR' }) => `${id},${title},https://shop.example/${id},${price},${availability},${category},${group}`)].join('\n');
	return await importText(engine, csv, options);
}

export async function importText(engine: LocalEngine, text: string, options: FeedOptions = {}, size = 4_096): Promise<FeedReport> {
	const { importId } = await engine.products.importStart(options);
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; at += size) await engine.products.importChunk(importId, new Uint8Array(bytes.subarray(at, at + size)));
	return await engine.products.importEnd(importId);
}
