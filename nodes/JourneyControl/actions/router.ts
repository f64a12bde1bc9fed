import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine } from '../../../engine';
import { getEngine } from '../../shared/engine';
import { failItem } from '../../shared/errors';
import * as journey from './journey/Journey.resource';
import * as sending from './sending/Sending.resource';

type Operation = (this: IExecuteFunctions, engine: Engine) => Promise<INodeExecutionData[]>;

const OPERATIONS: Record<string, Record<string, Operation>> = {
	journey: journey.operations,
	sending: sending.operations,
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
