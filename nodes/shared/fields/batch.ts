import type { INodeProperties, ITriggerFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

export const DEFAULT_BATCH_SIZE = 500;
const LARGEST_BATCH = 5_000;

/** Goes into the collection `options` of every step where people park. */
export const batchSizeField: INodeProperties = {
	displayName: 'Batch Size',
	name: 'batchSize',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: LARGEST_BATCH, numberPrecision: 0 },
	default: DEFAULT_BATCH_SIZE,
	description:
		'How many people go on in one execution at most. Larger is faster and takes more memory. Set 1 when a node behind this one can only work for one person at a time.',
};

/** The options of a step where people park that has no others. */
export const batchOptionField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [batchSizeField],
};

export function batchSizeOf(context: ITriggerFunctions): number {
	const options = context.getNodeParameter('options', {}) as { batchSize?: unknown };
	const size = Number(options.batchSize ?? DEFAULT_BATCH_SIZE);
	if (Number.isInteger(size) && size >= 1 && size <= LARGEST_BATCH) return size;
	throw new NodeOperationError(context.getNode(), 'The batch size is not a whole number between 1 and 5,000', {
		description: 'Change Batch Size under Options, or remove it to use 500.',
	});
}
