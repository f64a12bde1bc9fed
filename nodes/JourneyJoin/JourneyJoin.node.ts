import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { properties } from './fields';
import { joinPaths } from './joinPaths';
import { publishedNeed } from './paths';
import { subtitle } from './subtitle';

/**
 * Where parallel paths of one person become one again. One input, into which all paths lead: n8n then calls execute() once for each line, at once. A
 * node with several inputs n8n keeps waiting inside the execution, and of two such nodes in a loop it drops both without a word.
 */
export class JourneyJoin implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Join',
		name: 'journeyJoin',
		icon: { light: 'file:../../icons/journeyJoin.svg', dark: 'file:../../icons/journeyJoin.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle,
		description: 'Let parallel paths of a journey meet, so that each person goes on once',
		defaults: { name: 'Journey Join' },
		// An agent has no journey to hold people in.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Joined', 'Timed Out'],
		credentials: databaseCredential,
		properties,
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, 'join', async (engine, step) => await engine.journeys.setNeeded(step, publishedNeed(this)));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await joinPaths.call(this);
	}
}
