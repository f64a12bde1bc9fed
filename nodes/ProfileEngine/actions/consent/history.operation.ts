import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, Whose } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { identityFields, identityOf } from '../identity';
import { passedBy, whenNotFoundField } from '../whenNotFound';

const displayOptions = { show: { resource: ['consent'], operation: ['history'] } };

/** Rows a call to the engine. */
const PAGE = 1000;

export const description: INodeProperties[] = [...identityFields(displayOptions, 'to look at'), ...limitFields(displayOptions), whenNotFoundField(displayOptions)];

/** Newest first. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const by = identityOf(this, index);
		return (await entries(engine, by, limitOf(this, index))) ?? passedBy(this, by, index);
	});
}

async function entries(engine: Engine, whose: Whose, limit: number): Promise<IDataObject[] | null> {
	const rows: IDataObject[] = [];
	let before: number | undefined;
	while (rows.length < limit) {
		const page = await engine.consent.history(whose, { limit: Math.min(PAGE, limit - rows.length), ...(before === undefined ? {} : { before }) });
		if (page === null) return null;
		for (const { id: _place, ...entry } of page) rows.push({ ...entry } as unknown as IDataObject);
		before = page.at(-1)?.id;
		if (page.length === 0) break;
	}
	return rows;
}
