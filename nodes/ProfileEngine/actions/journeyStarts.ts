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
			{ name: 'In Published Workflows', value: 'published', description: 'Executing this node in the editor moves nobody: no journey starts, no wait and no journey ends' },
			{ name: 'Never', value: 'never', description: 'For back-fills: everything is stored, and no journey starts' },
		],
		default: 'published',
		description: 'Whether people who qualify by this change enter journeys, and so may get mail',
	};
}

/** The engine's `historical`: store, but start nothing. */
export function isHistorical(context: IExecuteFunctions): boolean {
	return choiceOf(context) === 'never' || isInert(context);
}

/** The engine's `inert`: what is recorded by hand moves nobody who is under way either. */
export function isInert(context: IExecuteFunctions): boolean {
	return choiceOf(context) !== 'always' && isManualRun(context, context.getInputData());
}

function choiceOf(context: IExecuteFunctions): string {
	return context.getNodeParameter('startJourneys', 0, 'published') as string;
}
