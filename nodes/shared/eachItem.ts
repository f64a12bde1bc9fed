import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { failItem } from './errors';

/** Runs an operation that is one call an item: its rows come out paired to that item, its failure stops or comes out. */
export async function eachItem(
	context: IExecuteFunctions,
	run: (index: number) => Promise<IDataObject[]>,
): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	for (let index = 0; index < context.getInputData().length; index++) {
		try {
			for (const json of await run(index)) output.push({ json, pairedItem: { item: index } });
		} catch (error) {
			output.push(failItem(context, error, index));
		}
	}
	return output;
}
