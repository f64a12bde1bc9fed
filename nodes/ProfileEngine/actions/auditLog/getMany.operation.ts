import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { AuditQuery, Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { instantOf } from '../instant';

const displayOptions = { show: { resource: ['auditLog'], operation: ['getMany'] } };

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	...limitFields(displayOptions),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		displayOptions,
		default: {},
		options: [
			{
				displayName: 'Action',
				name: 'action',
				type: 'string',
				default: '',
				placeholder: 'e.g. person.erase',
				description: 'Only entries of this action: consent.set, person.erase, person.export, profiles.merge, import.profiles, import.undo, export.profiles and others',
			},
			{
				displayName: 'Profile ID',
				name: 'profile',
				type: 'number',
				default: 0,
				description: 'Only entries about this profile',
			},
			{
				displayName: 'Since',
				name: 'since',
				type: 'dateTime',
				default: '',
				description: 'Only entries of this time or later',
			},
		],
	},
];

/** Newest first. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const limit = limitOf(this, index);
		const filters = this.getNodeParameter('filters', index, {}) as { action?: string; profile?: number; since?: string };
		const query: AuditQuery = {
			...(filters.action ? { action: filters.action.trim() } : {}),
			...(filters.profile ? { profile: filters.profile } : {}),
			...(filters.since ? { since: instantOf(this, filters.since, 'Since', index) } : {}),
		};
		const rows: IDataObject[] = [];
		let before: number | null | undefined;
		while (rows.length < limit && before !== null) {
			const page = await engine.privacy.audit({ ...query, limit: Math.min(PAGE, limit - rows.length), ...(before === undefined ? {} : { before }) });
			rows.push(...page.entries.map(({ profile, ...entry }) => ({ ...entry, profileId: profile }) as unknown as IDataObject));
			before = page.before;
		}
		return rows;
	});
}
