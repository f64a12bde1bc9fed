import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions, nameIn, varyByItem } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { properties } from './fields';
import { outputsOf } from './outputs';
import { subtitle } from './subtitle';
import { wait } from './wait';

/** A step and its own resume point: execute() parks people, trigger() brings them back to this place of the flow. */
export class JourneyWait implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Wait',
		name: 'journeyWait',
		icon: { light: 'file:../../icons/journeyWait.svg', dark: 'file:../../icons/journeyWait.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle,
		description: 'Let people of a journey wait for a time, a date or the best moment before they go on',
		defaults: { name: 'Journey Wait' },
		// An agent has no journey to hold people in.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{(${outputsOf})($parameter)}}`,
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const audience = this.getNodeParameter('wait', 'duration') === 'best' && !varyByItem(this, ['audience']) ? nameIn(this.getNodeParameter('audience', '')) : '';
		return await serveStep(this, 'wait', async (engine, step) => await engine.journeys.asks(step, audience === '' ? null : { name: audience }));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await wait.call(this);
	}
}
