import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { isHistorical, journeyStartsField } from '../journeyStarts';
import { groupKeyField, groupKeyOf } from './groupKey';

const displayOptions = { show: { resource: ['group'], operation: ['delete'] } };

export const description: INodeProperties[] = [groupKeyField(displayOptions), journeyStartsField(displayOptions)];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const groupKey = groupKeyOf(this, index);
		const { members } = await engine.groups.delete(groupKey, { historical: isHistorical(this), source: sourceOf(this) });
		return [{ deleted: true, groupKey, members }];
	});
}
