import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { journeyStartsField } from '../journeyStarts';
import { identityFields } from '../identity';
import { changePeople } from './changePeople';
import { listField } from './listName';

const displayOptions = { show: { resource: ['list'], operation: ['remove'] } };

export const description: INodeProperties[] = [listField(displayOptions), ...identityFields(displayOptions, 'that is taken off the list'), journeyStartsField(displayOptions)];

/** One call for all items of a list. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await changePeople(this, (list, people, options) => engine.lists.remove(list, people, options));
}
