import { NodeConnectionTypes, WAIT_INDEFINITELY } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

/**
 * Stand-ins for nodes of n8n-nodes-base under their real type names: what they put out, and which pairedItem they set, is
 * that of n8n 2.41.1. The real ones are in the end-to-end tests; the package is 180 MB and no dependency.
 */
function described(name: string, outputs = 1): INodeTypeDescription {
	return {
		displayName: name,
		name,
		group: ['transform'],
		version: [1, 2, 3, 3.4],
		description: name,
		defaults: { name },
		inputs: [NodeConnectionTypes.Main],
		outputs: Array.from({ length: outputs }, () => NodeConnectionTypes.Main),
		properties: [
			{ displayName: 'Fields', name: 'fields', type: 'json', default: '' },
			{ displayName: 'Mode', name: 'mode', type: 'string', default: 'runOnceForAllItems' },
			{ displayName: 'Code', name: 'jsCode', type: 'string', default: '' },
			{ displayName: 'Combine By', name: 'combineBy', type: 'string', default: 'combineByFields' },
			{ displayName: 'Condition', name: 'condition', type: 'boolean', default: false },
			{ displayName: 'Options', name: 'options', type: 'json', default: '{}' },
		],
	};
}

/** Edit Fields without Include Other Input Fields: only `fields` is left of the JSON. */
export class EditFields implements INodeType {
	description = described('set');

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [
			this.getInputData().map((_, item) => ({
				json: this.getNodeParameter('fields', item, {}) as IDataObject,
				pairedItem: { item },
			})),
		];
	}
}

/** Code: once for each item it sets pairedItem itself; once for all items n8n is left to guess. */
export class Code implements INodeType {
	description = described('code');

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const code = this.getNodeParameter('jsCode', 0) as string;
		if (this.getNodeParameter('mode', 0) === 'runOnceForEachItem') {
			const run = new Function('$json', code) as (json: IDataObject) => IDataObject;
			return [items.map((item, index) => ({ json: run(item.json), pairedItem: { item: index } }))];
		}
		const run = new Function('items', code) as (all: INodeExecutionData[]) => INodeExecutionData[];
		return [run(items).map(({ json }) => ({ json }))];
	}
}

/** If: hands its items through. */
export class If implements INodeType {
	description = described('if', 2);

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const outputs: INodeExecutionData[][] = [[], []];
		this.getInputData().forEach((item, index) => outputs[this.getNodeParameter('condition', index) === true ? 0 : 1]?.push(item));
		return outputs;
	}
}

/** Merge. Append: the items of both inputs, as they come. Combine by Position or by the field in `fields` (matches only): the second input wins, and the item is paired with both. */
export class Merge implements INodeType {
	description = { ...described('merge'), inputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main] };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const second = this.getInputData(1);
		if (this.getNodeParameter('mode', 0) === 'append') {
			return [[this.getInputData(0), second].flatMap((items, input) => items.map((one, item) => ({ ...one, pairedItem: { item, input } })))];
		}
		const field = this.getNodeParameter('combineBy', 0) === 'combineByFields' ? String(this.getNodeParameter('fields', 0)) : null;
		return [
			this.getInputData(0).flatMap((one, place) => {
				const others = field === null ? second.slice(place, place + 1) : second.filter(({ json }) => json[field] === one.json[field]);
				return others.map((other) => ({ json: { ...one.json, ...other.json }, pairedItem: [one.pairedItem, other.pairedItem].flat() as INodeExecutionData['pairedItem'] }));
			}),
		];
	}
}

/** Any node with effects elsewhere; fails when its item says so, and of what it is to go on with keeps nothing but the error. */
export class Service implements INodeType {
	description = described('service');

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const failing = ({ json }: INodeExecutionData) => json.fail === true;
		if (items.some(failing) && !this.continueOnFail()) throw new Error('The service is down');
		return [items.map((item, index) => ({ json: failing(item) ? { error: 'The service is down' } : item.json, pairedItem: { item: index } }))];
	}
}

/** n8n's own Wait: the execution is put away and comes back with its items. */
export class Wait implements INodeType {
	description = { ...described('wait'), properties: [...described('wait').properties, { displayName: 'Resume', name: 'resume', type: 'string' as const, default: 'timeInterval' }] };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { untilMs } = this.getNodeParameter('fields', 0) as { untilMs: number };
		await this.putExecutionToWait(new Date(untilMs));
		return [this.getInputData()];
	}
}

/** Slack's Send and Wait for Response without a limit: the answer replaces all items by one of its own. */
export class Approval implements INodeType {
	description = { ...described('slack'), properties: [...described('slack').properties, { displayName: 'Operation', name: 'operation', type: 'string' as const, default: 'sendAndWait' }] };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		await this.putExecutionToWait(WAIT_INDEFINITELY);
		return [this.getInputData()];
	}
}

/** Split Out: an item for each entry of the list in `fields`, paired with the one it came from. */
export class SplitOut implements INodeType {
	description = described('splitOut');

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData().flatMap(({ json }, item) => (this.getNodeParameter('fields', item) as unknown as string[]).map((part) => ({ json: { ...json, part }, pairedItem: { item } })))];
	}
}

/** Aggregate, all item data: one item, paired with all. */
export class Aggregate implements INodeType {
	description = described('aggregate');

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [[{ json: { data: this.getInputData().map(({ json }) => json) }, pairedItem: this.getInputData().map((_, item) => ({ item })) }]];
	}
}

/** Where an execution without a journey starts: hands its items on. */
export class Start implements INodeType {
	description = { ...described('start'), inputs: [] };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData()];
	}
}

export const foreignNodes: Record<string, INodeType> = {
	'n8n-nodes-base.set': new EditFields(),
	'n8n-nodes-base.code': new Code(),
	'n8n-nodes-base.if': new If(),
	'n8n-nodes-base.merge': new Merge(),
	'n8n-nodes-base.wait': new Wait(),
	'n8n-nodes-base.slack': new Approval(),
	'n8n-nodes-base.splitOut': new SplitOut(),
	'n8n-nodes-base.aggregate': new Aggregate(),
	'n8n-nodes-base.httpRequest': new Service(),
	'n8n-nodes-base.service': new Service(),
	'n8n-nodes-base.start': new Start(),
};
