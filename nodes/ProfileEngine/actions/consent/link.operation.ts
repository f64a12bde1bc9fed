import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { inCalls, readItems, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { withFields } from './fields';

const displayOptions = { show: { resource: ['consent'], operation: ['link'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'whose choices the link opens'),
	{
		displayName: 'Expires After (Days)',
		name: 'expiresInDays',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 365 },
		displayOptions,
		default: 90,
		description: 'Whoever has the link can change the choices of this person until then. In Journey Email use {{ links.preferencesUrl }} instead.',
	},
];

/** One engine call for each duration. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => ({ whose: identityOf(this, index), days: this.getNodeParameter('expiresInDays', index, 90) as number }));
	const { rows: links, rejected } = await inCalls(this, read, async (part) => {
		const rows = await engine.preferences.links(part.map(({ whose }) => whose), { expiresInDays: part[0]?.days ?? 90 });
		return { rows, rejected: rows.flatMap((link, index) => (link === null ? [{ index, reason: 'No profile has this identity' }] : [])) };
	}, ({ days }) => String(days));
	const items = writtenItems(this, read, { profiles: links.map((link) => link?.profile ?? null), rejected });
	return withFields(items, read, (index) => {
		const link = links[index];
		return link === null || link === undefined ? {} : { preferencesUrl: link.url, expiresAt: link.expiresAt };
	});
}
