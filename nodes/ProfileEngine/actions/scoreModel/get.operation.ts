import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { chosenModel, modelField } from './modelName';

const displayOptions = { show: { resource: ['scoreModel'], operation: ['get'] } };

export const description: INodeProperties[] = [
	modelField(displayOptions),
	{
		displayName: 'Include Versions',
		name: 'includeVersions',
		type: 'boolean',
		displayOptions,
		default: false,
		description: 'Whether to add all versions of the model, newest first',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const name = chosenModel(this, index);
		const model = await engine.scores.model(name);
		if (!model) {
			throw new NodeOperationError(this.getNode(), `There is no score model "${name}"`, {
				itemIndex: index,
				description: "Check the spelling, upper and lower case included, or make it with 'Score Model: Create or Update'.",
			});
		}
		const versions = this.getNodeParameter('includeVersions', index, false) === true ? { versions: await engine.scores.modelVersions(name) } : {};
		return [{ ...model, ...versions } as unknown as IDataObject];
	});
}
