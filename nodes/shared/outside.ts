import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { failItem } from './errors';
import type { OutsideItem } from './step';

/** For steps that only make sense for a person in a journey: one error an item, or error items when continuing on fail. */
export function refuseOutside(context: IExecuteFunctions, outside: OutsideItem[]): INodeExecutionData[] {
	return outside.map(({ index }) => {
		const node = context.getNode();
		const error = new NodeOperationError(node, 'This item belongs to no person of a journey', {
			itemIndex: index,
			description: `"${node.name}" works for people who came in through a Journey Trigger of this workflow. Put it behind one.`,
		});
		return failItem(context, error, index);
	});
}
