import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions, ILoadOptionsFunctions, INodeExecutionData, INodePropertyOptions, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse,
} from 'n8n-workflow';

import { getEngine } from '../shared/engine';
import { databaseCredential, listSearch, nameIn, varyByItem } from '../shared/fields';
import { tellAsks } from '../shared/tellAsks';
import { properties } from './fields';
import { outputsOf } from './outputs';
import { routeByScore } from './routeByScore';
import { askedBy, readRouting } from './routing';

export class LeadScore implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Lead Score',
		name: 'leadScore',
		icon: { light: 'file:../../icons/leadScore.svg', dark: 'file:../../icons/leadScore.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ ($parameter["model"].value ?? $parameter["model"]) || "score model" }}',
		description: 'Send people different ways by how high their lead score is: one output a bucket',
		defaults: { name: 'Lead Score' },
		// Several ways out are no answer to an agent; Profile Engine explains the score of a person.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{(${outputsOf})($parameter)}}`,
		credentials: databaseCredential,
		properties,
	};

	methods = {
		listSearch,
		loadOptions: {
			/** Buckets of the chosen model, lowest first. */
			async getBuckets(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
				const name = nameIn(this.getCurrentNodeParameter('model'));
				const model = name === '' ? null : await (await getEngine(this)).scores.model(name);
				const buckets = model?.buckets.map((bucket) => bucket.name) ?? ['cold', 'warm', 'hot'];
				return buckets.map((bucket) => ({ name: bucket, value: bucket }));
			},
		},
	};

	/** Says, while the workflow is published, by which model and buckets people are sent. */
	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await tellAsks(this, 'score', () => (varyByItem(this, ['model', 'buckets']) ? null : { rule: askedBy(readRouting((name, fallback) => this.getNodeParameter(name, fallback))) }));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await routeByScore.call(this);
	}
}
