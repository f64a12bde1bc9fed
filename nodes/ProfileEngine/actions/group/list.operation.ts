import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { groupRow } from './groupKey';

const displayOptions = { show: { resource: ['group'], operation: ['list'] } };

const PAGE = 1000;

export const description: INodeProperties[] = [
	...limitFields(displayOptions),
	{
		displayName: 'Key Contains',
		name: 'search',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. acme',
		description: 'Only groups whose key contains this, whatever its case',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const limit = limitOf(this, index);
		const search = String(this.getNodeParameter('search', index, '') ?? '');
		const rows: IDataObject[] = [];
		for (let after: string | undefined; rows.length < limit; ) {
			const page = await engine.groups.list({ limit: Math.min(PAGE, limit - rows.length), search, ...(after === undefined ? {} : { after }) });
			if (page.length === 0) break;
			rows.push(...page.map(groupRow));
			after = page.at(-1)?.key;
		}
		return rows;
	});
}
