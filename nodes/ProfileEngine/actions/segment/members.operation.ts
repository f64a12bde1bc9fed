import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { chosenSegment, segmentField } from './segmentName';

const displayOptions = { show: { resource: ['segment'], operation: ['members'] } };

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	segmentField(displayOptions),
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		displayOptions,
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		displayOptions: { show: { ...displayOptions.show, returnAll: [false] } },
		default: 50,
		description: 'Max number of results to return',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { name } = await chosenSegment(this, engine, index);
		const returnAll = this.getNodeParameter('returnAll', index) as boolean;
		const limit = returnAll ? Number.POSITIVE_INFINITY : (this.getNodeParameter('limit', index) as number);
		return await members(engine, name, limit);
	});
}

async function members(engine: Engine, name: string, limit: number): Promise<IDataObject[]> {
	const rows: IDataObject[] = [];
	let afterProfile: number | undefined;
	while (rows.length < limit) {
		const want = Math.min(PAGE, limit - rows.length);
		const page = await engine.segments.members(name, { limit: want, ...(afterProfile === undefined ? {} : { afterProfile }) });
		for (const { profile, enteredAt, attributes } of page) {
			rows.push({ profileId: profile, enteredAt, attributes: attributes as IDataObject });
		}
		afterProfile = page.at(-1)?.profile;
		if (page.length === 0) break;
	}
	return rows;
}
