import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { limitOf, properties } from './fields';
import { throttle } from './throttle';

/** A step and its own resume point: execute() gives people their turn, trigger() brings them back to this place of the flow when it has come. */
export class JourneyThrottle implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Throttle',
		name: 'journeyThrottle',
		icon: { light: 'file:../../icons/journeyThrottle.svg', dark: 'file:../../icons/journeyThrottle.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["people"] + " a " + $parameter["per"] }}',
		description: 'Let so many people of a journey go on in a minute or an hour, in the order in which they come',
		defaults: { name: 'Journey Throttle' },
		// An agent has no journey to hold people in.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: databaseCredential,
		properties,
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, 'throttle', async (engine, step) => await engine.journeys.setThrottle(step, limitOf(this)));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await throttle.call(this);
	}
}
