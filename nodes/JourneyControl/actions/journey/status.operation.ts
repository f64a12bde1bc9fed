import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { scopeFields, workflowOf } from '../scope';
import { journeyRow, stepRows } from './rows';

const displayOptions = { show: { resource: ['journey'], operation: ['status'] } };

export const description: INodeProperties[] = [
	...scopeFields(displayOptions, { all: true }),
	{
		displayName: 'Output',
		name: 'output',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'One Item per Journey', value: 'journeys', description: 'Entered, active, completed, goals and sums' },
			{ name: 'One Item per Step', value: 'steps', description: 'Who waits, is held or has passed at each step' },
		],
		default: 'steps',
		description: 'How the numbers come out; both are flat, one column a number, for the table view',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	await tellWarmUps(this, engine);
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const workflow = workflowOf(this, index);
		const journeys = await engine.journeys.status(workflow === undefined ? undefined : { workflow });
		if (this.getNodeParameter('output', index) === 'journeys') return journeys.map(journeyRow);
		return stepRows(journeys, await engine.experiments.status(workflow === undefined ? {} : { workflow }));
	});
}

/** Why numbers of a sender do not move today although nothing is wrong. */
async function tellWarmUps(context: IExecuteFunctions, engine: Engine): Promise<void> {
	for (const { sender, ceiling, sent, waiting, until } of await engine.messages.warmUps()) {
		if (sent < ceiling && waiting === 0) continue;
		context.addExecutionHints({ location: 'outputPane', message: `Warm-up of ${sender}: ${sent} of ${ceiling} marketing mails of today have been sent; ${waiting} wait until ${until}. The plan is in Profile Engine: Settings.` });
	}
}
