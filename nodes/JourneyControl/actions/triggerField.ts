import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/** Which journey of a workflow that has several Journey Triggers. `empty`: what leaving it empty means. */
export function triggerField(displayOptions: IDisplayOptions, empty: string): INodeProperties {
	return {
		displayName: 'Journey Trigger Name or ID',
		name: 'journeyTrigger',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getTriggers', loadOptionsDependsOn: ['scope', 'journey', 'workflowId'] },
		displayOptions,
		default: '',
		description: `Where the workflow has several journeys, the trigger of the one that is meant; empty for ${empty}. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
	};
}

/** undefined: none is chosen. */
export function triggerOf(context: IExecuteFunctions, itemIndex: number): string | undefined {
	const chosen = String(context.getNodeParameter('journeyTrigger', itemIndex, '') ?? '').trim();
	return chosen === '' ? undefined : chosen;
}
