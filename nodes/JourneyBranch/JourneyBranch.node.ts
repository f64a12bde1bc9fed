import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { tellAsks } from '../shared/tellAsks';
import { branchPeople } from './branchPeople';
import { properties } from './fields';
import { outputsOf } from './outputs';
import { drawnRules, readRules, varyByPerson } from './rules';

export class JourneyBranch implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Branch',
		name: 'journeyBranch',
		icon: { light: 'file:../../icons/journeyBranch.svg', dark: 'file:../../icons/journeyBranch.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ ($parameter["rules"]["rule"] || []).length + (($parameter["rules"]["rule"] || []).length === 1 ? " rule" : " rules") }}',
		description: 'Send each person of a journey out by the first of several rules that holds, or by Remainder',
		defaults: { name: 'Journey Branch' },
		// Several ways out are no answer to an agent; Profile Engine gives the members of a segment.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{(${outputsOf})($parameter)}}`,
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch, loadOptions };

	/** Says, while the workflow is published, which segments, lists and score models the rules ask for. */
	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await tellAsks(this, 'branch', () => {
			const drawn = drawnRules(this);
			if (varyByPerson(this)) return null;
			return readRules(this, drawn, (name, fallback) => this.getNodeParameter(name, fallback)).flatMap(({ by }) => (by === null ? [] : [by]));
		});
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await branchPeople.call(this);
	}
}
