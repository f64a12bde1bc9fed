import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine } from '../../../engine';
import { getEngine } from '../../shared/engine';
import { failItem } from '../../shared/errors';
import * as event from './event/Event.resource';
import * as profile from './profile/Profile.resource';
import * as segment from './segment/Segment.resource';

type Operation = (this: IExecuteFunctions, engine: Engine) => Promise<INodeExecutionData[]>;

const OPERATIONS: Record<string, Record<string, Operation>> = {
	event: event.operations,
	profile: profile.operations,
	segment: segment.operations,
};

/** An operation's failure that belongs to no item of its own stands for the first. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const resource = this.getNodeParameter('resource', 0) as string;
	const name = this.getNodeParameter('operation', 0) as string;
	const operation = OPERATIONS[resource]?.[name];
	if (!operation) throw new NodeOperationError(this.getNode(), `There is no operation "${name}" of "${resource}"`, { itemIndex: 0 });
	try {
		return [await operation.call(this, await getEngine(this))];
	} catch (error) {
		return [[failItem(this, error, 0)]];
	}
}
