import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { importIdField, neededImportIdOf } from './importId';

const displayOptions = { show: { resource: ['profile'], operation: ['undoImport'] } };

export const description: INodeProperties[] = [importIdField(displayOptions, true)];

/** Takes an import of people or of events back, except for what has changed since. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [{ ...(await engine.transfer.importUndo(neededImportIdOf(this, index), { source: sourceOf(this) })) } as unknown as IDataObject]);
}
