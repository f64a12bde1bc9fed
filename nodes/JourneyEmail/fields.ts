import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, holdingFields, nameLocator, purposeField, settingsInForceField, topicField } from '../shared/fields';
import { guardsNotice } from '../shared/fields/sender';
import { EMAIL_PROVIDERS } from './providers';
import { SIGN_IN_OPTIONS } from './signIn';
import { attachmentsField, bccField, ccField, headersField, inlineImagesField } from './extraFields';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('mail', 'Not Sent');

/** First, since the credential that it asks for stands right below it. */
export const providerField: INodeProperties = {
	displayName: 'Provider',
	name: 'provider',
	type: 'options',
	noDataExpression: true,
	// SMTP, the default, first.
	options: [...EMAIL_PROVIDERS.map(({ value, name, description }) => ({ value, name, description })), ...SIGN_IN_OPTIONS].sort((a, b) => Number(b.value === 'smtp') - Number(a.value === 'smtp') || a.name.localeCompare(b.name)),
	default: 'smtp',
	description: 'Which service delivers the mails. A service that is called directly also reports deliveries, bounces and complaints.',
};

/** Like the sender below one for the whole batch: sending.ts says why these take no expression. */
export const audienceFields: INodeProperties[] = [
	purposeField('Sent to people who want it; carries an unsubscribe link and header'),
	topicField('email as a whole'),
];

export const senderFields: INodeProperties[] = [
	{
		...nameLocator({
			displayName: 'Sender',
			name: 'sender',
			list: 'searchEmailSenders',
			placeholder: 'e.g. news',
			description: 'A sender of Profile Engine: Settings, with its name, address and Reply To. Empty: the one in the credential; when that names none, the first in Settings.',
		}),
		noDataExpression: true,
	},
	{
		displayName: 'From Name',
		name: 'fromName',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. Anna from Example',
		description: 'Name that people see. Empty: that of the sender.',
	},
	{
		displayName: 'From Address',
		name: 'fromAddress',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. hello@example.com',
		description: 'Address that the mail comes from, which the provider must allow. Empty: that of the sender.',
	},
];

/** Last, since inside a published journey neither is needed. */
export const recipientFields: INodeProperties[] = [
	{
		displayName: 'Contact Email',
		name: 'contactEmail',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.email }}',
		description:
			'Only for items that do not come from a journey, for example rows of a sheet: the address finds the profile, or makes it. Inside a journey the person is known and this is not read.',
	},
	{
		displayName: 'Test Recipient',
		name: 'testRecipient',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. you@example.com',
		description:
			'When you execute this node in the editor, the first 5 mails go to this address instead of to the people, and nothing is recorded. Empty: no mail is sent at all. The rendered mail comes out either way.',
	},
];

export const optionFields: INodeProperties[] = [
	settingsInForceField(['caps', 'quietHours', 'blackoutDates', 'guardedPurposes', 'holdAtMostHours', 'holdout', 'senders', 'warmUps', 'publicUrl']),
	guardsNotice('mail'),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			attachmentsField,
			batchSizeField,
			bccField,
			ccField,
			{
				displayName: 'Connections',
				name: 'connections',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 50 },
				default: 5,
				description: 'How many mails are handed to the provider at the same time. Overrides the credential.',
			},
			headersField,
			holdAtMost,
			inlineImagesField,
			{
				displayName: 'Reply To',
				name: 'replyTo',
				type: 'string',
				noDataExpression: true,
				default: '',
				placeholder: 'e.g. support@example.com',
				description: 'Address that answers go to. Empty: that of the sender in Settings, else the address the mail comes from.',
			},
			{
				displayName: 'Reply Tracking Address',
				name: 'replyTracking',
				type: 'string',
				noDataExpression: true,
				default: '',
				placeholder: 'e.g. replies@inbound.example.com',
				description: 'Address whose mails a delivery service brings to the collector, or a mailbox to Profile Engine: Track Mail Reply. Answers go there in place of Reply To, each message\'s to an address signed for it, so that they are known whoever they come from; List-Unsubscribe names it, too. At most 20 letters before the @.',
			},
			{
				displayName: 'Track Clicks',
				name: 'trackClicks',
				type: 'boolean',
				noDataExpression: true,
				default: true,
				description: 'Whether links lead through the collector, so that clicks are seen and can continue a journey',
			},
			{
				displayName: 'Track Opens',
				name: 'trackOpens',
				type: 'boolean',
				noDataExpression: true,
				default: true,
				description: 'Whether the mail carries a pixel that reports when it is opened',
			},
			{
				displayName: 'UTM Parameters',
				name: 'utm',
				type: 'fixedCollection',
				placeholder: 'Add Parameters',
				default: { parameters: { source: 'newsletter', medium: 'email', campaign: '', content: '', term: '' } },
				description: 'What web analytics reads from the links of the mail. A link that has one of them already keeps its own.',
				options: [
					{
						displayName: 'Parameters',
						name: 'parameters',
						values: [
							utmField('Campaign', 'campaign', 'the name of the journey'),
							utmField('Content', 'content', 'the name of this node'),
							utmField('Medium', 'medium', 'not added', 'email'),
							utmField('Source', 'source', 'not added', 'newsletter'),
							utmField('Term', 'term', 'not added'),
						],
					},
				],
			},
			whenCapped,
			whenQuiet,
		],
	},
];

function utmField(displayName: string, name: string, whenEmpty: string, preset = ''): INodeProperties {
	return { displayName, name, type: 'string', noDataExpression: true, default: preset, placeholder: 'e.g. spring', description: `Becomes utm_${name}. Empty: ${whenEmpty}.` };
}
