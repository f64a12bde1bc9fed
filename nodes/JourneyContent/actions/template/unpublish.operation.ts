import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { templateField, templateKeyOf } from './templateKey';

export const description: INodeProperties[] = [templateField({ show: { resource: ['template'], operation: ['unpublish'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [(await engine.templates.unpublish(templateKeyOf(this, index), { by: sourceOf(this) })) as unknown as IDataObject]);
}
