import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { templateField, templateKeyOf } from './templateKey';

export const description: INodeProperties[] = [templateField({ show: { resource: ['template'], operation: ['get'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const key = templateKeyOf(this, index);
		const template = await engine.templates.get(key);
		if (template !== null) return [template as unknown as IDataObject];
		throw new NodeOperationError(this.getNode(), `There is no template "${key}"`, { itemIndex: index, description: "Check the spelling, or make it with 'Template: Create or Update'." });
	});
}
