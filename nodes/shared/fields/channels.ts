import type { INodePropertyOptions } from 'n8n-workflow';

/** The engine's channels, as people know them. */
export const CHANNEL_OPTIONS: INodePropertyOptions[] = [
	{ name: 'Ads', value: 'ads', description: 'Audiences shared with ad networks' },
	{ name: 'Chat', value: 'chat' },
	{ name: 'Direct Mail', value: 'directmail', description: 'Letters by post' },
	{ name: 'Email', value: 'email' },
	{ name: 'On-Site', value: 'onsite', description: 'Messages on your website' },
	{ name: 'Push', value: 'push', description: 'Notifications of your app' },
	{ name: 'SMS', value: 'sms', description: 'Text messages; marketing needs a yes' },
	{ name: 'Web Push', value: 'webpush', description: 'Notifications in the browser' },
	{ name: 'WhatsApp', value: 'whatsapp', description: 'Needs a yes' },
];

/** '' stands for all of them. */
export const CHANNEL_OR_EVERY: INodePropertyOptions[] = [{ name: 'Every Channel', value: '' }, ...CHANNEL_OPTIONS];
