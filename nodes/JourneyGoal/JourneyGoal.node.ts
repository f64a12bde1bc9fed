import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { databaseCredential, loadOptions } from '../shared/fields';
import { properties } from './fields';
import { reachGoal } from './reachGoal';

export class JourneyGoal implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Goal',
		name: 'journeyGoal',
		icon: { light: 'file:../../icons/journeyGoal.svg', dark: 'file:../../icons/journeyGoal.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["goal"] }}',
		description: 'Count people who reached a goal of the journey, with the value of the conversion',
		defaults: { name: 'Journey Goal' },
		// An agent has no journey whose goal it could count.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: databaseCredential,
		properties,
	};

	methods = { loadOptions };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await reachGoal.call(this);
	}
}
