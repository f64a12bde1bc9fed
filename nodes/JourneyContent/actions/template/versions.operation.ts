import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { templateField, templateKeyOf } from './templateKey';

export const description: INodeProperties[] = [templateField({ show: { resource: ['template'], operation: ['versions'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => (await engine.templates.versions(templateKeyOf(this, index))) as unknown as IDataObject[]);
}
