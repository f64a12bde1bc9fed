import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { readItems, writtenItems } from '../batch';
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

/** All items in one engine call. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => identityOf(this, index));
	const links = await engine.preferences.links(read.values, { expiresInDays: this.getNodeParameter('expiresInDays', 0, 90) as number });
	const items = writtenItems(this, read, {
		profiles: links.map((link) => link?.profile ?? null),
		rejected: links.flatMap((link, index) => (link === null ? [{ index, reason: 'No profile has this identity' }] : [])),
	});
	return withFields(items, read, (index) => {
		const link = links[index];
		return link === null || link === undefined ? {} : { preferencesUrl: link.url, expiresAt: link.expiresAt };
	});
}
