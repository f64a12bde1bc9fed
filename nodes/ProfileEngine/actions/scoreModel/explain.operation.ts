import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { identityFields, identityOf } from '../identity';
import { chosenModel, modelField } from './modelName';

const displayOptions = { show: { resource: ['scoreModel'], operation: ['explain'] } };

export const description: INodeProperties[] = [modelField(displayOptions), ...identityFields(displayOptions, 'whose score to explain')];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { profile, ...explanation } = await engine.scores.explain(chosenModel(this, index), identityOf(this, index));
		return [{ profileId: profile, ...explanation } as unknown as IDataObject];
	});
}
