import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from '../../../shared/fields';

export function modelField(displayOptions: IDisplayOptions): INodeProperties {
	return nameLocator({
		displayName: 'Score Model',
		name: 'scoreModel',
		description: 'A score model that was created before',
		placeholder: 'e.g. Lead Score',
		list: 'searchScoreModels',
		required: true,
		displayOptions,
	});
}

export function chosenModel(context: IExecuteFunctions, itemIndex: number): string {
	const name = nameIn(context.getNodeParameter('scoreModel', itemIndex, ''));
	if (name !== '') return name;
	throw new NodeOperationError(context.getNode(), 'No score model is chosen', { itemIndex, description: "Choose one under 'Score Model', or give its name." });
}
