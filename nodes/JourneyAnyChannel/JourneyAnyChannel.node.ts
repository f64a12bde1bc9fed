import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { workflowOf } from '../shared/runtime';
import { properties } from './fields';
import { checkLoop } from './loop';
import { passThrough } from './passThrough';

/**
 * Makes a channel of any node: shaped like n8n's Loop Over Items. The nodes behind Send get one person at a time, and lead back here; whoever has had
 * their turn leaves by Done. Its own resume point, too: everybody who comes parks first, and so does whom a guard holds.
 */
export class JourneyAnyChannel implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Any Channel',
		name: 'journeyAnyChannel',
		icon: { light: 'file:../../icons/journeyAnyChannel.svg', dark: 'file:../../icons/journeyAnyChannel.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["channel"] + ($parameter["service"] ? " · " + $parameter["service"] : "") }}',
		description: 'Send people of a journey something by any other node, one at a time, once and only with consent',
		defaults: { name: 'Journey Any Channel' },
		// An agent has no journey to loop people in.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Done', 'Send'],
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, 'anyChannel', async () => checkLoop(workflowOf(this), this.getNode()));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await passThrough.call(this);
	}
}
