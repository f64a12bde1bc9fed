import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { pack } from '../../bundle/pack';
import { workflowFromFields, workflowJsonOf } from '../workflowFrom';

const displayOptions = { show: { resource: ['bundle'], operation: ['export'] } };

export const description: INodeProperties[] = [...workflowFromFields(displayOptions)];

/** One item a workflow: { bundle }. Reads only. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => [{ bundle: (await pack(engine, workflowJsonOf(this, index))) as unknown as IDataObject }]);
}
