import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { properties } from './fields';
import { filterBySegment } from './filterBySegment';
import { tellRule } from './tellRule';

export class SegmentFilter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Segment Filter',
		name: 'segmentFilter',
		icon: { light: 'file:../../icons/segmentFilter.svg', dark: 'file:../../icons/segmentFilter.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["by"] === "saved" ? (($parameter["segment"].value ?? $parameter["segment"]) || "segment") : "own rule" }}',
		description: 'Send people one way when they are in a segment of a journey, and the other way when not',
		defaults: { name: 'Segment Filter' },
		// Two ways out are no answer to an agent; Profile Engine gives the members of a segment.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['In', 'Out'],
		credentials: databaseCredential,
		properties,
	};

	methods = { listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await tellRule.call(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await filterBySegment.call(this);
	}
}
