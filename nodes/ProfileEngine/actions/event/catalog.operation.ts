import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, EventCatalogEntry } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';

const displayOptions = { show: { resource: ['event'], operation: ['catalog'] } };
const PAGE = 1000;

export const description: INodeProperties[] = [
	{
		displayName: 'Search',
		name: 'search',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. order',
		description: 'Only events whose name contains this, in upper or lower case. Empty: all.',
	},
	{
		displayName: 'With Properties',
		name: 'withProperties',
		type: 'boolean',
		displayOptions,
		default: false,
		description: 'Whether to list the properties of each event too, with their types and how often each was seen',
	},
	...limitFields(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const search = String(this.getNodeParameter('search', index, '') ?? '').trim();
		const entries = await entriesOf(engine, search, limitOf(this, index));
		if (this.getNodeParameter('withProperties', index, false) !== true) return entries.map((entry) => ({ ...entry }));
		const rows: IDataObject[] = [];
		for (const entry of entries) rows.push({ ...entry, properties: (await engine.events.properties(entry.name)) as unknown as IDataObject[] });
		return rows;
	});
}

async function entriesOf(engine: Engine, search: string, limit: number): Promise<EventCatalogEntry[]> {
	const entries: EventCatalogEntry[] = [];
	let after: string | null | undefined;
	while (entries.length < limit && after !== null) {
		const page = await engine.events.catalog({ search, limit: Math.min(PAGE, limit - entries.length), ...(after === undefined ? {} : { after }) });
		entries.push(...page.events);
		after = page.next;
	}
	return entries;
}
