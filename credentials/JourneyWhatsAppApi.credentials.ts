import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** A WhatsApp Business account at Meta, as an app of theirs reaches it by the Cloud API. */
export class JourneyWhatsAppApi implements ICredentialType {
	name = 'journeyWhatsAppApi';

	displayName = 'Journey WhatsApp API';

	icon = {
		light: 'file:../icons/journeyWhatsApp.svg',
		dark: 'file:../icons/journeyWhatsApp.dark.svg',
	} as const;

	documentationUrl = 'https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started';

	properties: INodeProperties[] = [
		{
			displayName: 'Access Token',
			name: 'accessToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Of a system user of your business, with the permissions whatsapp_business_messaging and whatsapp_business_management. Tokens of the app dashboard end after a day.',
		},
		{
			displayName: 'Phone Number ID',
			name: 'phoneNumberId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 106540352242922',
			description: 'From the app dashboard, WhatsApp, API Setup. It is not the phone number. Messages come from it where the node names no other.',
		},
		{
			displayName: 'Business Account ID',
			name: 'businessAccountId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 102290129340398',
			description: 'Of the WhatsApp Business account, beside the phone number ID. Its templates can then be chosen from a list, and their parameters are checked before anything is sent.',
		},
		{
			displayName: 'App Secret',
			name: 'appSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From the app dashboard, App Settings, Basic. Tells whether a callback is from Meta: without it none is believed. Calls prove by it that they are the app\'s own.',
		},
		{
			displayName: 'Verify Token',
			name: 'verifyToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Any text of your choice. Enter the same in the app dashboard, WhatsApp, Configuration, with the address of the collector and /callbacks/meta.',
		},
		{
			displayName: 'Graph API Version',
			name: 'version',
			type: 'string',
			default: 'v23.0',
			placeholder: 'e.g. v23.0',
			description: 'Meta keeps a version for about two years',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://graph.facebook.com',
			description: 'Only for a gateway that speaks the Cloud API. Empty: Meta itself.',
		},
	];
}
