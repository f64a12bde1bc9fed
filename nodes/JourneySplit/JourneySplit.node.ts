import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch } from '../shared/fields';
import { tellEngine } from '../shared/tellAsks';
import { readSetting } from './config';
import { properties } from './fields';
import { outputsOf } from './outputs';
import { splitPeople } from './splitPeople';

export class JourneySplit implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Split',
		name: 'journeySplit',
		icon: { light: 'file:../../icons/journeySplit.svg', dark: 'file:../../icons/journeySplit.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["mode"] }}',
		description: 'Divide the people of a journey among paths: by percentages, as an A/B test, or more and more by what does better',
		defaults: { name: 'Journey Split' },
		// An agent has no journey whose people it could divide.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{(${outputsOf})($parameter)}}`,
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch };

	/** Tells, while the workflow is published, how it is set: what is measured goes by that, whichever version of the workflow an execution began with. */
	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await tellEngine(this, 'split', async (engine, step) => {
			const { config } = readSetting(this, (name, fallback) => this.getNodeParameter(name, fallback));
			await engine.experiments.register(step, config);
			await engine.journeys.asks(step, null);
		});
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await splitPeople.call(this);
	}
}
