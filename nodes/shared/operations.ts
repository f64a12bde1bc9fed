import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine } from '../../engine';
import { refuseAgent, type Guarded } from './agent';
import { bareEngine } from './engine';
import { failItem } from './errors';
import { noting } from './noting';

export type Operation = (this: IExecuteFunctions, engine: Engine) => Promise<INodeExecutionData[]>;

/** The execute() of a node with resources: calls the chosen operation. A failure that belongs to no item of its own stands for each of them: none is lost. */
export function routerOf(operations: Record<string, Record<string, Operation>>, guarded: Guarded = { switched: {} }): (this: IExecuteFunctions) => Promise<INodeExecutionData[][]> {
	return async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const name = this.getNodeParameter('operation', 0) as string;
		const operation = operations[resource]?.[name];
		if (!operation) throw new NodeOperationError(this.getNode(), `There is no operation "${name}" of "${resource}"`, { itemIndex: 0 });
		try {
			refuseAgent(this, guarded, resource, name);
			const { engine, flush } = noting(await bareEngine(this), this, { gather: true });
			// Also of what an operation did before it failed: the items that it was given are kept with the failure.
			return [await operation.call(this, engine).finally(flush)];
		} catch (error) {
			return [this.getInputData().map((_item, index) => failItem(this, error, index))];
		}
	};
}
