import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

type Shown = { show: Record<string, string[]> };

/** A file comes with the item, or from a web address. */
export function fileFields(displayOptions: Shown, what: string): INodeProperties[] {
	return [
		{
			displayName: 'File From',
			name: 'fileFrom',
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [
				{ name: 'Binary Field', value: 'binary', description: 'The item brings the file, from a node before this one' },
				{ name: 'URL', value: 'url', description: 'It is fetched from a public web address; addresses of private networks are not called' },
			],
			default: 'binary',
		},
		{
			displayName: 'Input Binary Field',
			name: 'binaryProperty',
			type: 'string',
			displayOptions: { show: { ...displayOptions.show, fileFrom: ['binary'] } },
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			hint: `The name of the input field containing the ${what}`,
		},
		{
			displayName: 'URL',
			name: 'url',
			type: 'string',
			displayOptions: { show: { ...displayOptions.show, fileFrom: ['url'] } },
			required: true,
			default: '',
			placeholder: 'e.g. https://shop.example/feed.xml',
			description: `Where the ${what} is`,
		},
	];
}

/** undefined: the item brings the file. */
export function urlOf(context: IExecuteFunctions, index: number): string | undefined {
	return context.getNodeParameter('fileFrom', index) === 'url' ? String(context.getNodeParameter('url', index, '')) : undefined;
}
