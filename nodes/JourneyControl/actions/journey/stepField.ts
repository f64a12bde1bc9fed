import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

export function stepField(displayOptions: IDisplayOptions, what: string, more: { required?: true } = {}): INodeProperties {
	return {
		displayName: 'Step Name or ID',
		name: 'step',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getSteps', loadOptionsDependsOn: ['scope', 'journey', 'workflowId'] },
		displayOptions,
		default: '',
		...more,
		description: `${what}${more.required === true ? '' : '; empty for all steps'}. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
	};
}
