import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/** n8n's usual pair of Return All and Limit. */
export function limitFields(displayOptions: { show: Record<string, string[]> }): INodeProperties[] {
	return [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			displayOptions,
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			displayOptions: { show: { ...displayOptions.show, returnAll: [false] } },
			default: 50,
			description: 'Max number of results to return',
		},
	];
}

export function limitOf(context: IExecuteFunctions, itemIndex: number): number {
	return context.getNodeParameter('returnAll', itemIndex) === true ? Number.POSITIVE_INFINITY : (context.getNodeParameter('limit', itemIndex) as number);
}
