import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { ReadItems } from '../batch';

/** Adds to each written item what the engine answered for it, by its place in the call. Items with an error stay as they are. */
export function withFields<T>(items: INodeExecutionData[], { indexes }: ReadItems<T>, fieldsOf: (index: number) => IDataObject): INodeExecutionData[] {
	const placeOf = new Map(indexes.map((itemIndex, index) => [itemIndex, index]));
	return items.map((item) => {
		const { pairedItem } = item;
		const place = typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? placeOf.get(pairedItem.item) : undefined;
		return item.error !== undefined || place === undefined ? item : { ...item, json: { ...item.json, ...fieldsOf(place) } };
	});
}
