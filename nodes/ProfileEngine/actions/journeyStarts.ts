import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { isManualRun } from '../../shared/manual';

/** Whether what is written here may start journeys. */
export function journeyStartsField(displayOptions: IDisplayOptions): INodeProperties {
	return {
		displayName: 'Start Journeys',
		name: 'startJourneys',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Always', value: 'always', description: 'Also when you execute this node in the editor' },
			{ name: 'In Published Workflows', value: 'published', description: 'Executing this node in the editor starts no journey' },
			{ name: 'Never', value: 'never', description: 'For back-fills: everything is stored, and no journey starts' },
		],
		default: 'published',
		description: 'Whether people who qualify by this change enter journeys, and so may get mail',
	};
}

/** The engine's `historical`: store, but start nothing. A press on Execute must not mail a customer. */
export function isHistorical(context: IExecuteFunctions): boolean {
	const choice = context.getNodeParameter('startJourneys', 0, 'published') as string;
	if (choice === 'always') return false;
	return choice === 'never' || isManualRun(context, context.getInputData());
}
