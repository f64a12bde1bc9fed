import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { nameIn } from '../../../shared/fields/locator';
import { sourceOr } from '../../../shared/source';
import { inCalls, readItems, reported, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { consentSourceField } from './topic';

const displayOptions = { show: { resource: ['consent'], operation: ['doNotSell'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'that asked for it'),
	{
		displayName: 'Do Not Sell',
		name: 'doNotSell',
		type: 'boolean',
		displayOptions,
		default: true,
		description: 'Whether the person stays out of everything shared with third parties, such as ad audiences. A browser that sends Global Privacy Control sets it by itself.',
	},
	consentSourceField('support ticket', displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => ({
		whose: identityOf(this, index), active: activeOf(this, index), source: sourceOr(this, nameIn(this.getNodeParameter('source', index, 'node')), 'node'),
	}));
	const { rows, rejected } = await inCalls(this, read, async (part) => reported(await engine.consent.setDoNotSell(part)));
	return writtenItems(this, read, { profiles: rows, rejected });
}

/** Only what says so lifts it: an expression may give a text, a number or nothing. */
function activeOf(context: IExecuteFunctions, itemIndex: number): boolean {
	const value: unknown = context.getNodeParameter('doNotSell', itemIndex);
	const said = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (said === true || said === 'true') return true;
	if (said === false || said === 'false') return false;
	throw new NodeOperationError(context.getNode(), "'Do Not Sell' is neither true nor false", {
		itemIndex,
		description: "Check the expression in 'Do Not Sell': it must give true (keep the person out) or false (let them in again).",
	});
}
