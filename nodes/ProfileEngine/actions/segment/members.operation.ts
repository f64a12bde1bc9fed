import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { chosenSegment, segmentField } from './segmentName';

const displayOptions = { show: { resource: ['segment'], operation: ['members'] } };

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	segmentField(displayOptions),
	...limitFields(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { name } = await chosenSegment(this, engine, index);
		const limit = limitOf(this, index);
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
