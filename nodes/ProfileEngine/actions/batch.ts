import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { errorItem, failItem } from '../../shared/errors';

/** The items that could be read, in the order of one engine call; the others with their error. */
export interface ReadItems<T> {
	values: T[];
	/** Index of the item behind each value. */
	indexes: number[];
	failed: INodeExecutionData[];
}

/** Reads the parameters of every item. With Continue On Fail an item that cannot be read comes out with its error. */
export function readItems<T>(context: IExecuteFunctions, read: (index: number) => T): ReadItems<T> {
	const result: ReadItems<T> = { values: [], indexes: [], failed: [] };
	for (let index = 0; index < context.getInputData().length; index++) {
		try {
			result.values.push(read(index));
			result.indexes.push(index);
		} catch (error) {
			result.failed.push(failItem(context, error, index));
		}
	}
	return result;
}

/**
 * One item out for each item in, with the profile it belongs to. Without Continue On Fail a rejected item is an error
 * that tells how many others were taken: the engine's batch is all but the rejected ones.
 */
export function writtenItems<T>(
	context: IExecuteFunctions,
	read: ReadItems<T>,
	report: { profiles: Array<number | null>; rejected: Array<{ index: number; reason: string }> },
): INodeExecutionData[] {
	const [first] = report.rejected;
	if (first && !context.continueOnFail()) {
		const taken = read.values.length - report.rejected.length;
		throw new NodeOperationError(context.getNode(), first.reason, {
			itemIndex: read.indexes[first.index],
			description:
				`${report.rejected.length} of ${read.values.length} items were rejected; the other ${taken} are stored. ` +
				"Correct the item, or set 'On Error' to continue in the settings of this node and look at the 'error' field of each item.",
		});
	}
	const reasons = new Map(report.rejected.map(({ index, reason }) => [index, reason]));
	const input = context.getInputData();
	const written = read.indexes.map((itemIndex, index): INodeExecutionData => {
		const reason = reasons.get(index);
		if (reason !== undefined) {
			return errorItem(new NodeOperationError(context.getNode(), reason, { itemIndex }), itemIndex);
		}
		return {
			json: { ...input[itemIndex].json, profileId: report.profiles[index] },
			...(input[itemIndex].binary ? { binary: input[itemIndex].binary } : {}),
			pairedItem: { item: itemIndex },
		};
	});
	return [...written, ...read.failed].sort(byItem);
}

const byItem = (a: INodeExecutionData, b: INodeExecutionData) => itemOf(a) - itemOf(b);

function itemOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}
