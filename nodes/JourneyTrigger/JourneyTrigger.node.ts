import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { enter, serve } from './enter';
import { properties } from './fields';
import { subtitle } from './sentence';

/**
 * Has execute() beside trigger(): n8n then calls execute() in the execution that the emission starts (runNode prefers it),
 * so that receipts and counters are written there, and a manual run can make up a sample.
 */
export class JourneyTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Trigger',
		name: 'journeyTrigger',
		icon: { light: 'file:../../icons/journeyTrigger.svg', dark: 'file:../../icons/journeyTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle,
		description: 'Starts a journey for each person who does something, enters a segment, has a birthday, gets a message, or for everybody in a segment at a time',
		eventTriggerDescription: 'Waiting for people to qualify',
		activationMessage: 'From now on people enter this journey when they qualify.',
		defaults: { name: 'Journey Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serve.call(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await enter.call(this);
	}
}
