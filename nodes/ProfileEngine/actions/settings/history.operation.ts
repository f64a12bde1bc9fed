import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';

const displayOptions = { show: { resource: ['settings'], operation: ['history'] } };

export const description: INodeProperties[] = [...limitFields(displayOptions)];

/** One item a version, the newest first. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const versions = await engine.settings.history({ limit: limitOf(this, index) });
		return versions.map(({ values, ...about }) => ({ ...about, settings: values as unknown as IDataObject }));
	});
}
