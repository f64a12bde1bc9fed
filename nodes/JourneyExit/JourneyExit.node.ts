import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { databaseCredential } from '../shared/fields';
import { exitJourney } from './exitJourney';
import { properties } from './fields';

export class JourneyExit implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Exit',
		name: 'journeyExit',
		icon: { light: 'file:../../icons/journeyExit.svg', dark: 'file:../../icons/journeyExit.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["reason"] }}',
		description: 'Take people out of the journey, wherever else they stand in it, and keep the reason',
		defaults: { name: 'Journey Exit' },
		// An agent has no journey to leave.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [],
		credentials: databaseCredential,
		properties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await exitJourney.call(this);
	}
}
