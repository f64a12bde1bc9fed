import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { properties } from './fields';
import { wait } from './wait';

/** A step and its own resume point: execute() parks people, trigger() brings them back to this place of the flow. */
export class JourneyWait implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Wait',
		name: 'journeyWait',
		icon: { light: 'file:../../icons/journeyWait.svg', dark: 'file:../../icons/journeyWait.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["amount"] + " " + ($parameter["amount"] === 1 ? $parameter["unit"].slice(0, -1) : $parameter["unit"]) }}',
		description: 'Let people of a journey wait for a time before they go on',
		defaults: { name: 'Journey Wait' },
		// An agent has no journey to hold people in.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: databaseCredential,
		properties,
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, 'wait');
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await wait.call(this);
	}
}
