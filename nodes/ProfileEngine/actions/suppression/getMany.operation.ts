import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, SuppressionView } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { channelField } from '../channel';
import { REASON_OPTIONS } from './address';

const displayOptions = { show: { resource: ['suppression'], operation: ['getMany'] } };

/** Rows a call to the engine. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	channelField(displayOptions, 'Whose list', { name: 'All Channels', value: 'all' }),
	{
		displayName: 'Reason',
		name: 'reason',
		type: 'options',
		displayOptions,
		options: [{ name: 'Any Reason', value: 'all' }, ...REASON_OPTIONS],
		default: 'all',
		description: 'Why they are on the list. Addresses of erased people cannot be listed: only a hash of each is kept.',
	},
	...limitFields(displayOptions),
];

/** By channel and address. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const channel = this.getNodeParameter('channel', index) as string;
		const reason = this.getNodeParameter('reason', index) as string;
		const filter = { ...(channel === 'all' ? {} : { channel }), ...(reason === 'all' ? {} : { reason }) };
		return await rowsOf(engine, filter, limitOf(this, index));
	});
}

async function rowsOf(engine: Engine, filter: { channel?: string; reason?: string }, limit: number): Promise<IDataObject[]> {
	const rows: SuppressionView[] = [];
	while (rows.length < limit) {
		const after = rows.at(-1);
		const page = await engine.suppression.list({ ...filter, limit: Math.min(PAGE, limit - rows.length), ...(after === undefined ? {} : { after: { channel: after.channel, address: after.address } }) });
		rows.push(...page);
		if (page.length === 0) break;
	}
	return rows.map((row) => ({ ...row }));
}
