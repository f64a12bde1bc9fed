import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { errorItem } from '../../../shared/errors';
import type { ReadItems } from '../batch';

/** One item out for each item in, with what the engine says of it. Without Continue On Fail a refused address is an error; the others have been done. */
export function answeredItems<T>(
	context: IExecuteFunctions,
	read: ReadItems<T>,
	rejected: Array<{ index: number; reason: string }>,
	fieldsOf: (index: number) => IDataObject,
): INodeExecutionData[] {
	const [first] = rejected;
	if (first && !context.continueOnFail()) {
		throw new NodeOperationError(context.getNode(), first.reason, {
			itemIndex: read.indexes[first.index],
			description: `${rejected.length} of ${read.values.length} addresses were refused; the others are done. Correct the item, or set 'On Error' to continue.`,
		});
	}
	const reasons = new Map(rejected.map(({ index, reason }) => [index, reason]));
	const input = context.getInputData();
	const answered = read.indexes.map((itemIndex, index): INodeExecutionData => {
		const reason = reasons.get(index);
		if (reason !== undefined) return errorItem(new NodeOperationError(context.getNode(), reason, { itemIndex }), itemIndex);
		return { ...input[itemIndex], json: { ...input[itemIndex].json, ...fieldsOf(index) }, pairedItem: { item: itemIndex } };
	});
	return [...answered, ...read.failed].sort((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}
