import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { properties } from './fields';
import { askedSegment } from './settings';
import { subtitle } from './subtitle';
import { waitForEvent } from './waitForEvent';

/** A step and its own resume point: execute() parks people, trigger() brings them back to this place of the flow. */
export class JourneyWaitForEvent implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Wait for Event',
		name: 'journeyWaitForEvent',
		icon: { light: 'file:../../icons/journeyWaitForEvent.svg', dark: 'file:../../icons/journeyWaitForEvent.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle,
		description: 'Let people of a journey wait until they do something, belong somewhere or read a message, or until a time is over',
		defaults: { name: 'Journey Wait for Event' },
		// An agent has no journey to hold people in.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Continued', 'Timed Out'],
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const segment = askedSegment(this);
		return await serveStep(this, 'waitForEvent', async (engine, step) => await engine.journeys.asks(step, segment));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await waitForEvent.call(this);
	}
}
