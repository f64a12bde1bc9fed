import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

const LABEL = 'Leave Out Who Said Do Not Sell';

/** For what hands out many people at once. Off by default: most of it stays in the house. */
export function leaveOutField(displayOptions: INodeProperties['displayOptions']): INodeProperties {
	return {
		displayName: LABEL,
		name: 'leaveOutDoNotSell',
		type: 'boolean',
		...(displayOptions ? { displayOptions } : {}),
		default: false,
		description: 'Whether to leave out people who asked not to be sold or shared. Switch it on for everything that goes to an ad network or another third party.',
	};
}

/** What is neither on nor off must not be taken for off: it would share people who said no. */
export function leavesOut(context: IExecuteFunctions, itemIndex: number): boolean {
	const value: unknown = context.getNodeParameter('leaveOutDoNotSell', itemIndex, false);
	const said = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (said === true || said === 'true') return true;
	if (said === false || said === 'false') return false;
	throw new NodeOperationError(context.getNode(), `'${LABEL}' is neither true nor false`, {
		itemIndex,
		description: `Check the expression in '${LABEL}': it must give true or false.`,
	});
}
