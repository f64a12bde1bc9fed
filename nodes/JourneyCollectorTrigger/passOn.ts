import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { bareEngine } from '../shared/engine';
import { executionsOf } from '../shared/execution';

/** The execution that an emission starts begins here, on whichever worker: it holds these people, which an erasure has to tell. */
export async function passOn(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = this.getInputData();
	const people = items.flatMap(({ json: { profileId } }) => (typeof profileId === 'number' ? [profileId] : []));
	if (people.length > 0) await (await bareEngine(this)).privacy.noteExecutions(executionsOf(this), people);
	return [items];
}
