import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { agentFields } from '../shared/agent';
import { databaseCredential } from '../shared/fields';
import { actionSubtitle } from '../shared/subtitle';
import * as journey from './actions/journey/Journey.resource';
import { GUARDED, router } from './actions/router';
import { getJourneys, getSteps } from './actions/scope';
import * as sending from './actions/sending/Sending.resource';

export class JourneyControl implements INodeType {
	// eslint-disable-next-line n8n-nodes-base/node-class-description-missing-subtitle -- it has one, put together from its operations.
	description: INodeTypeDescription = {
		displayName: 'Journey Control',
		name: 'journeyControl',
		icon: { light: 'file:../../icons/journeyControl.svg', dark: 'file:../../icons/journeyControl.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: actionSubtitle([...journey.description, ...sending.description]),
		description: 'See how journeys run and who stands where, let held people go on, stop all sending',
		defaults: { name: 'Journey Control' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: databaseCredential,
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Journey', value: 'journey', description: 'Status and people of journeys' },
					{ name: 'Sending', value: 'sending', description: 'The switch that stops all messages' },
				],
				default: 'journey',
			},
			...journey.description,
			...sending.description,
			...agentFields(GUARDED),
		],
	};

	methods = { loadOptions: { getJourneys, getSteps } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
