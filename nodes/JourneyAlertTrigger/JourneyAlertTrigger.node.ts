import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { properties } from './fields';
import { listen } from './listen';
import { tell } from './tell';

/** execute() beside trigger(): n8n calls it in the execution that the emission starts, so that an alert which another process tells by then is dropped, and a manual run has a sample. */
export class JourneyAlertTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Alert Trigger',
		name: 'journeyAlertTrigger',
		icon: { light: 'file:../../icons/journeyAlert.svg', dark: 'file:../../icons/journeyAlert.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["kinds"].length ? $parameter["kinds"].length + ($parameter["kinds"].length === 1 ? " kind of alert" : " kinds of alert") : "all alerts" }}',
		description: 'Starts when a journey needs attention: complaints, bounces, failures or entries out of line, people held or not moving, an account refused, sending stopped',
		eventTriggerDescription: 'Waiting for an alert',
		activationMessage: 'From now on this workflow starts when a journey needs attention.',
		defaults: { name: 'Journey Alert Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await listen.call(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await tell.call(this);
	}
}
