import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch } from '../shared/fields';
import { workflowOf } from '../shared/runtime';
import { serveStep } from '../shared/serve';
import { chooseChannel } from './choose';
import { properties } from './fields';
import { checkLoops } from './loop';
import { outputsOf } from './outputs';

/**
 * One channel after the other until one reaches the person: shaped like n8n's Loop Over Items, with a way out for each channel that leads back by its sender. Its own
 * resume point: who waits for a delivery parks here.
 */
export class JourneyBestChannel implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Best Channel',
		name: 'journeyBestChannel',
		icon: { light: 'file:../../icons/journeyBestChannel.svg', dark: 'file:../../icons/journeyBestChannel.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ [$parameter["channel"], $parameter["fallback"], $parameter["secondFallback"]].filter((one) => one).join(" → ") + ($parameter["waitForDelivery"] ? " · " + $parameter["deliveryMinutes"] + " min" : "") }}',
		description: 'Write to each person of a journey by the channel that reaches them, and by the next one when it does not',
		defaults: { name: 'Journey Best Channel' },
		// An agent has no journey to loop people in.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{(${outputsOf})($parameter)}}`,
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, 'bestChannel', async () => checkLoops(workflowOf(this), this.getNode()));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await chooseChannel.call(this);
	}
}
