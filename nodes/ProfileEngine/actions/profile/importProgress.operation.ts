import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { importIdField, importIdOf } from './importId';

const displayOptions = { show: { resource: ['profile'], operation: ['importProgress'] } };

export const description: INodeProperties[] = [importIdField(displayOptions, false)];

/** How far an import of people or of events is, also one that another execution runs. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const importId = importIdOf(this, index);
		const imports = importId === '' ? await engine.transfer.imports() : [await engine.transfer.importProgress(importId)];
		return imports.map((one) => ({ ...one }) as unknown as IDataObject);
	});
}
