import type { INodeProperties } from 'n8n-workflow';

/** What a mail carries besides its content. Item by item, so these take expressions. */
export const attachmentsField: INodeProperties = {
	displayName: 'Attachments',
	name: 'attachments',
	type: 'string',
	default: '',
	placeholder: 'e.g. invoice, terms',
	description: 'Files to attach: the names of the binary fields of the item, separated by commas; at most 10 MB a mail. Make or get them right before this step, since they do not pass a wait. A mail that is held here keeps its files.',
};

export const inlineImagesField: INodeProperties = {
	displayName: 'Inline Images',
	name: 'inlineImages',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Image',
	default: {},
	description: 'Pictures inside the mail, which the HTML shows by their content ID',
	options: [
		{
			displayName: 'Image',
			name: 'values',
			values: [
				{
					displayName: 'Binary Field',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. logo',
					description: 'Name of the binary field of the item that holds the picture',
				},
				{
					displayName: 'Content ID',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. logo',
					description: 'What the HTML calls it, as in src="cid:logo". Empty: the name of the binary field.',
				},
			],
		},
	],
};

const copies = (name: 'cc' | 'bcc', displayName: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	placeholder: 'e.g. sales@example.com, {{ $json.accountManager }}',
	description,
});

export const ccField = copies(
	'cc',
	'CC',
	'Who else gets a copy, separated by commas, such as a colleague; everybody sees them. Suppressed addresses are left out. The copy has the links of the person, also that to unsubscribe.',
);

export const bccField = copies(
	'bcc',
	'BCC',
	'Who else gets a copy that nobody sees, separated by commas, such as an archive. Suppressed addresses are left out. The copy has the links of the person, also that to unsubscribe.',
);

export const headersField: INodeProperties = {
	displayName: 'Headers',
	name: 'headers',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Header',
	default: {},
	description: 'Further headers, such as X-Campaign. What the mail sets itself (From, Subject, List-Unsubscribe and others) cannot be set here.',
	options: [
		{
			displayName: 'Header',
			name: 'values',
			values: [
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. X-Campaign',
					description: 'Name of the header, without a colon',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. spring',
					description: 'What it says; one line. Empty: the header is left out.',
				},
			],
		},
	],
};
