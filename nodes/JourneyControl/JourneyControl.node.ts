import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { agentFields } from '../shared/agent';
import { databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { actionSubtitle } from '../shared/subtitle';
import * as bundle from './actions/bundle/Bundle.resource';
import * as journey from './actions/journey/Journey.resource';
import { GUARDED, router } from './actions/router';
import { getConversions, getGoals, getJourneys, getPlaces, getSplits, getSteps, getTriggers } from './actions/scope';
import * as sending from './actions/sending/Sending.resource';
import * as test from './actions/test/Test.resource';

export class JourneyControl implements INodeType {
	// eslint-disable-next-line n8n-nodes-base/node-class-description-missing-subtitle -- it has one, put together from its operations.
	description: INodeTypeDescription = {
		displayName: 'Journey Control',
		name: 'journeyControl',
		icon: { light: 'file:../../icons/journeyControl.svg', dark: 'file:../../icons/journeyControl.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: actionSubtitle([...bundle.description, ...journey.description, ...sending.description, ...test.description]),
		description: 'See how journeys run, explain where somebody stands and why, move people or take them out, stop all sending',
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
					{ name: 'Bundle', value: 'bundle', description: 'Journeys with what belongs to them, for another instance or for Git' },
					{ name: 'Journey', value: 'journey', description: 'Numbers and people of journeys' },
					{ name: 'Sending', value: 'sending', description: 'The switch that stops all messages' },
					{ name: 'Test', value: 'test', description: 'Test people in a published journey' },
				],
				default: 'journey',
			},
			...bundle.description,
			...journey.description,
			...sending.description,
			...test.description,
			...agentFields(GUARDED),
		],
	};

	methods = { listSearch, loadOptions: { ...loadOptions, getConversions, getGoals, getJourneys, getPlaces, getSplits, getSteps, getTriggers } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
