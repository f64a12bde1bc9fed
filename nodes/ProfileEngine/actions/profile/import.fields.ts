import type { INodeProperties } from 'n8n-workflow';

const displayOptions = { show: { resource: ['profile'], operation: ['import'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Input Binary Field',
		name: 'binaryProperty',
		type: 'string',
		displayOptions,
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the input field containing the CSV file',
		description:
			'Binary field with a CSV file whose first line names the columns. It is read as a stream, so its size does not matter.',
	},
	{
		displayName: 'Columns',
		name: 'columns',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Column',
		displayOptions,
		default: {},
		description:
			'How columns are used. Those not listed follow their header: email, phone, userId and the like identify the person, all others become attributes.',
		options: [
			{
				displayName: 'Column',
				name: 'values',
				values: [
					{
						displayName: 'Header',
						name: 'header',
						type: 'string',
						default: '',
						placeholder: 'e.g. E-Mail Address',
						description: 'Name of the column in the first line of the file',
					},
					{
						displayName: 'Use As',
						name: 'use',
						type: 'options',
						options: [
							{ name: 'Attribute', value: 'attribute', description: 'Kept on the profile' },
							{ name: 'Identity', value: 'identity', description: 'Finds the profile' },
							{ name: 'Nothing', value: 'skip', description: 'The column is left out' },
						],
						default: 'attribute',
						description: 'What the column is for',
					},
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. firstName',
						description:
							'Name of the attribute, or kind of identity (email, phone, user_id or one of your own). Empty: the header.',
					},
				],
			},
		],
	},
	{
		displayName: 'Rejected Rows',
		name: 'rejectedAs',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'In the Report', value: 'list', description: 'As a list in the one item that comes out' },
			{ name: 'One Item Each', value: 'items', description: 'After the report, one item for each rejected row' },
			{ name: 'CSV File', value: 'file', description: 'As a binary file with line and reason, on the report' },
		],
		default: 'list',
		description: 'How the rows that could not be taken come out. The first 1,000 are listed; all are counted.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		displayOptions,
		default: {},
		options: [
			{
				displayName: 'Delimiter',
				name: 'delimiter',
				type: 'string',
				default: '',
				placeholder: 'e.g. ;',
				description: 'Character between the columns. Empty: comma, semicolon or tab, found out by the first line.',
			},
			{
				displayName: 'Output Field of the File',
				name: 'outputBinaryProperty',
				type: 'string',
				default: 'rejected',
				placeholder: 'e.g. rejected',
				description: "Binary field for 'Rejected Rows: CSV File'",
			},
			{
				displayName: 'Source',
				name: 'source',
				type: 'string',
				default: 'import',
				placeholder: 'e.g. crm-export',
				description: 'Where the data comes from; kept with the change',
			},
			{
				displayName: 'Start Journeys',
				name: 'startJourneys',
				type: 'boolean',
				default: false,
				description:
					'Whether people who qualify by this import enter journeys, and so may get mail. Executing in the editor never starts one.',
			},
			{
				displayName: 'Test People',
				name: 'test',
				type: 'boolean',
				default: false,
				description: 'Whether the profiles made here are test people, who may run on the virtual clock of a journey',
			},
		],
	},
];
