import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { leaveOutField, leavesOut } from '../leaveOut';
import { groupKeyField, groupKeyOf } from './groupKey';

const displayOptions = { show: { resource: ['group'], operation: ['members'] } };

const PAGE = 1000;

export const description: INodeProperties[] = [groupKeyField(displayOptions), leaveOutField(displayOptions), ...limitFields(displayOptions)];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const key = groupKeyOf(this, index);
		const sharableOnly = leavesOut(this, index);
		const limit = limitOf(this, index);
		const rows: IDataObject[] = [];
		for (let afterProfile: number | undefined; rows.length < limit; ) {
			const page = await engine.groups.members(key, { sharableOnly, limit: Math.min(PAGE, limit - rows.length), ...(afterProfile === undefined ? {} : { afterProfile }) });
			if (page.length === 0) break;
			rows.push(...page.map(({ profile, since, attributes }): IDataObject => ({ profileId: profile, since, attributes: attributes as IDataObject })));
			afterProfile = page.at(-1)?.profile;
		}
		return rows;
	});
}
