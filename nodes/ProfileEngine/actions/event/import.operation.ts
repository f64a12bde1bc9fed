import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { importFields } from '../transfer/importFields';
import { importFiles } from '../transfer/importFile';

export const description = importFields({ show: { resource: ['event'], operation: ['import'] } }, 'events');

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await importFiles(this, engine, 'events');
}
