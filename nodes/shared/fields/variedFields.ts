import type { INodeParameters, INodePropertyOptions } from 'n8n-workflow';

import type { Channel, JsonObject } from '../../../engine';

export type VariedChannel = Exclude<Channel, 'ads'>;

/** What of a channel's message a variant may have its own of. */
export interface VariedField {
	displayName: string;
	name: string;
	/** Of a text area. */
	rows?: number;
	/** Only with these values of the node's other parameters, by '/name'. */
	shown?: Record<string, string[]>;
	example: string;
	description: string;
	/** The part of the engine's content; absent: it is no part of it. */
	make?: (written: string, parameters: INodeParameters) => JsonObject;
}

const plain = (key: string) => (written: string): JsonObject => ({ [key]: written });
const html = (side: string) => (written: string): JsonObject => ({ [side]: { kind: 'html', source: written } });

const PICTURE = { displayName: 'Image URL', name: 'image', example: 'https://cdn.example.com/b.jpg', description: 'Public address of a picture, with Liquid.' } as const;
const LINK = { displayName: 'Link', name: 'link', example: 'https://shop.example.com/b', description: 'Where a tap leads, with Liquid.', make: plain('link') } as const;
const TITLE = { displayName: 'Title', name: 'title', example: '{{ profile.firstName }}, look at this', description: 'Its title, with Liquid.', make: plain('title') } as const;

function text(key: string, description: string, shown?: VariedField['shown']): VariedField {
	return { displayName: 'Text', name: 'text', rows: 3, example: 'Hello {{ profile.firstName }}', description, make: plain(key), ...(shown === undefined ? {} : { shown }) };
}

export const VARIED: Readonly<Record<VariedChannel, readonly VariedField[]>> = {
	email: [
		{ displayName: 'Subject', name: 'subject', example: '{{ profile.firstName }}, one more thing', description: 'Subject line, with Liquid.', make: plain('subject') },
		{ displayName: 'Preheader', name: 'preheader', example: 'It arrives tomorrow', description: 'The grey line that inboxes show after the subject, with Liquid.', make: plain('preheader') },
		{ displayName: 'Sender Name', name: 'senderName', example: 'Anna from Example', description: 'Name that people see; the address stays.' },
		{
			displayName: 'Body', name: 'body', rows: 8, shown: { '/contentSource': ['mjml', 'html', 'text', 'expression'] }, example: '<p>Hello {{ profile.firstName }}</p>',
			description: 'The mail, with Liquid, in the format that this node\'s own content has.', make: (written, parameters) => ({ body: { kind: formatOf(parameters), source: written } }),
		},
	],
	sms: [text('text', 'The message, with Liquid.')],
	whatsapp: [
		text('text', 'The message, with Liquid.', { '/contentSource': ['text'] }),
		{ ...PICTURE, displayName: 'Media URL', name: 'mediaUrl', shown: { '/contentSource': ['media'] }, description: 'Public address of the file, with Liquid.', make: plain('url') },
		{ displayName: 'Caption', name: 'caption', shown: { '/contentSource': ['media'] }, example: 'Your plan, {{ profile.firstName }}', description: 'Text below the file, with Liquid.', make: plain('caption') },
		{ displayName: 'WhatsApp Template', name: 'templateId', shown: { '/contentSource': ['template'] }, example: 'order_update_b', description: 'Name of another approved template with the same language and parameters; at Twilio its ID (HX…).', make: plain('id') },
	],
	chat: [text('text', 'The message, with Liquid.'), { ...PICTURE, make: plain('imageUrl') }],
	push: [TITLE, text('body', 'The notification, with Liquid.'), { ...PICTURE, make: plain('image') }, LINK],
	webpush: [TITLE, text('body', 'The notification, with Liquid.'), { ...PICTURE, make: plain('image') }, LINK],
	onsite: [{ displayName: 'Headline', name: 'headline', example: 'Welcome back', description: 'Headline, with Liquid.', make: plain('headline') }, text('text', 'What stands below the headline, with Liquid.'), { ...PICTURE, make: plain('imageUrl') }],
	directmail: [
		{ displayName: 'Front', name: 'front', rows: 8, shown: { '/piece': ['postcard'] }, example: '<h1>Hello {{ profile.firstName }}</h1>', description: 'HTML of the front side, with Liquid.', make: html('front') },
		{ displayName: 'Back', name: 'back', rows: 8, shown: { '/piece': ['postcard'] }, example: '<p>Come by</p>', description: 'HTML of the back side, with Liquid.', make: html('back') },
		{ displayName: 'Letter', name: 'letter', rows: 8, shown: { '/piece': ['letter'] }, example: '<p>Dear {{ profile.firstName }}</p>', description: 'HTML of the letter, with Liquid.', make: html('letter') },
	],
};

function formatOf({ contentSource = 'mjml', bodyFormat = 'html' }: INodeParameters): string {
	return contentSource === 'expression' ? String(bodyFormat) : String(contentSource);
}

const METRICS = {
	clicked: { name: 'Clicked', description: 'A person followed a link in it' },
	converted: { name: 'Converted', description: 'The person reached a goal of this journey in the same run' },
	delivered: { name: 'Delivered', description: 'The service reports that it arrived' },
	opened: { name: 'Opened', description: 'A person opened it; a click is surer' },
	replied: { name: 'Replied', description: 'The person answered it. An answer by text message or chat that does not say to what is one to the last message before it.' },
} as const;

type Metric = keyof typeof METRICS;

const METRICS_OF: Readonly<Record<VariedChannel, readonly Metric[]>> = {
	email: ['clicked', 'converted', 'delivered', 'opened', 'replied'], sms: ['clicked', 'converted', 'delivered', 'replied'], whatsapp: ['clicked', 'converted', 'delivered', 'opened', 'replied'],
	chat: ['clicked', 'converted', 'delivered', 'opened', 'replied'], push: ['clicked', 'converted', 'delivered'], webpush: ['clicked', 'converted', 'delivered'], onsite: ['clicked', 'converted', 'opened'], directmail: ['converted', 'delivered'],
};

export function metricOptions(channel: VariedChannel): INodePropertyOptions[] {
	return METRICS_OF[channel].map((value) => ({ value, ...METRICS[value] }));
}
