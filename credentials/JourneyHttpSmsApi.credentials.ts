import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** Any other SMS service of Journey SMS, by its HTTP API. */
export class JourneyHttpSmsApi implements ICredentialType {
	name = 'journeyHttpSmsApi';

	displayName = 'Journey HTTP SMS API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://shopify.github.io/liquid/';

	properties: INodeProperties[] = [
		{
			displayName: 'Service',
			name: 'service',
			type: 'string',
			default: '',
			placeholder: 'e.g. Acme SMS',
			description: 'Name of the service, for reasons and errors',
		},
		{
			displayName: 'Method',
			name: 'method',
			type: 'options',
			options: [
				{ name: 'GET', value: 'GET' },
				{ name: 'POST', value: 'POST' },
				{ name: 'PUT', value: 'PUT' },
			],
			default: 'POST',
			description: 'HTTP method of the call that sends one message',
		},
		{
			displayName: 'URL',
			name: 'url',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://sms.example.com/send',
			description: 'Address of the call. Placeholders, here, in Headers and in Body: {{to}} (with its plus), {{toDigits}} (without), {{from}}, {{text}}, {{id}}, {{mediaUrl}}, {{callbackUrl}}, {{secret}}.',
		},
		{
			displayName: 'Headers',
			name: 'headers',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Header',
			default: {},
			description: 'Headers of the call, such as Authorization: Bearer {{secret}}',
			options: [
				{
					displayName: 'Header',
					name: 'values',
					values: [
						{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. Authorization', description: 'Name of the header' },
						{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: 'e.g. Bearer {{secret}}', description: 'Value of the header, with placeholders' },
					],
				},
			],
		},
		{
			displayName: 'Body Type',
			name: 'bodyType',
			type: 'options',
			options: [
				{ name: 'Form', value: 'form', description: 'Escaped for a form' },
				{ name: 'JSON', value: 'json', description: 'Escaped for texts in quotes' },
				{ name: 'None', value: 'none', description: 'The call has no body' },
				{ name: 'Text', value: 'text', description: 'As they are' },
			],
			default: 'json',
			description: 'How the values of placeholders are written into the body',
		},
		{
			displayName: 'Body',
			name: 'body',
			type: 'string',
			typeOptions: { rows: 5 },
			displayOptions: { show: { bodyType: ['form', 'json', 'text'] } },
			default: '{"to": "{{to}}", "from": "{{from}}", "text": "{{text}}"}',
			description: 'Body of the call, with placeholders',
		},
		{
			displayName: 'Secret',
			name: 'secret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Key or password of the service, for the placeholder {{secret}}; kept out of every error',
		},
		{
			displayName: 'Accepted Status',
			name: 'acceptedStatus',
			type: 'string',
			default: '200-299',
			placeholder: 'e.g. 200-299',
			description: 'Statuses of answers that mean that the service took the message',
		},
		{
			displayName: 'Accepted Text',
			name: 'acceptedText',
			type: 'string',
			default: '',
			placeholder: 'e.g. OK',
			description: 'What such an answer must hold besides. Empty: the status is enough.',
		},
		{
			displayName: 'ID Path',
			name: 'idPath',
			type: 'string',
			default: '',
			placeholder: 'e.g. result.id',
			description: 'Where the ID of the message stands in the JSON of the answer. Empty: the service gives none.',
		},
		{
			displayName: 'Test URL',
			name: 'testUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://sms.example.com/balance',
			description: 'Address that Test calls with GET and the headers above. Empty: only whether the service answers.',
		},
		{
			displayName: 'Callback Key',
			name: 'callbackSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Any text of 16 characters or more. Such a service signs nothing: whoever calls the callback address without ?key= and this text is not believed.',
		},
		{
			displayName: 'Callback: Status Field',
			name: 'statusField',
			type: 'string',
			default: 'status',
			placeholder: 'e.g. status',
			description: 'Name of the status in a callback, or its path in JSON',
		},
		{
			displayName: 'Callback: ID Field',
			name: 'idField',
			type: 'string',
			default: 'id',
			placeholder: 'e.g. id',
			description: 'Name of the ID of the message in a callback',
		},
		{
			displayName: 'Callback: Delivered',
			name: 'delivered',
			type: 'string',
			default: 'delivered',
			placeholder: 'e.g. delivered, DELIVRD',
			description: 'Statuses that mean delivered, with commas between them',
		},
		{
			displayName: 'Callback: Dead Numbers',
			name: 'hardBounced',
			type: 'string',
			default: 'invalid,unknown',
			placeholder: 'e.g. invalid, unknown',
			description: 'Statuses that mean that the number takes nothing, ever: it is suppressed',
		},
		{
			displayName: 'Callback: Not Delivered',
			name: 'softBounced',
			type: 'string',
			default: 'undelivered,failed,expired,rejected',
			placeholder: 'e.g. failed, expired',
			description: 'Statuses that mean that this message did not arrive',
		},
		{
			displayName: 'Callback: From Field',
			name: 'fromField',
			type: 'string',
			default: 'from',
			placeholder: 'e.g. from',
			description: 'Of an incoming message: name of the field with the number of the person',
		},
		{
			displayName: 'Callback: To Field',
			name: 'toField',
			type: 'string',
			default: 'to',
			placeholder: 'e.g. to',
			description: 'Of an incoming message: name of the field with the number of yours',
		},
		{
			displayName: 'Callback: Text Field',
			name: 'textField',
			type: 'string',
			default: 'text',
			placeholder: 'e.g. text',
			description: 'Of an incoming message: name of the field with the text',
		},
		{
			displayName: 'Default From',
			name: 'from',
			type: 'string',
			default: '',
			placeholder: 'e.g. +14155550100',
			description: 'Number or name that messages come from where the node gives none',
		},
	];
}
