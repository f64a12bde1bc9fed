import type { TwilioConfig } from '../sms/types';
import type { Provider, ProviderSettings } from '../types';

export type WhatsAppMediaType = 'image' | 'video' | 'audio' | 'document';

/** What stands above a template's body, where it is filled in for each message. */
export type WhatsAppHeader = { kind: 'text'; text: string; name?: string } | { kind: 'image' | 'video'; url: string } | { kind: 'document'; url: string; fileName?: string };

/** One value of a template's body. */
export interface WhatsAppParameter {
	/** As the template has it: `first_name`; '' where its parameters are numbered. */
	name: string;
	text: string;
}

/** What a button of a template is given. */
export interface WhatsAppButton {
	/** Among all buttons of the template, from 0. */
	index: number;
	/** url: the end of its address. quickReply: what comes back when it is pressed. copyCode: what is copied. */
	kind: 'url' | 'quickReply' | 'copyCode';
	text: string;
}

/** One person's template, filled in. */
export interface FilledTemplate {
	/** Meta: its name. Twilio: the SID of its content (HX…). */
	id: string;
	/** Meta's code, such as en_US; '' at Twilio, whose content has one language. */
	language: string;
	header: WhatsAppHeader | null;
	body: WhatsAppParameter[];
	buttons: WhatsAppButton[];
}

export type WhatsAppBody =
	| { kind: 'text'; text: string; /** Of the first link in it. */ previewUrl: boolean }
	| { kind: 'media'; type: WhatsAppMediaType; url: string; /** '' of none; audio has none. */ caption: string; /** Of documents. */ fileName: string }
	| WhatsAppInteractive
	| { kind: 'template'; template: FilledTemplate };

/** An answer to choose. The id comes back when it is pressed. */
export interface WhatsAppReply {
	id: string;
	title: string;
}

/** Either up to three buttons, or a list that opens. */
export interface WhatsAppInteractive {
	kind: 'interactive';
	text: string;
	/** '' of none. */
	header: string;
	footer: string;
	buttons: WhatsAppReply[];
	list: { button: string; sections: Array<{ title: string; rows: Array<WhatsAppReply & { description: string }> }> } | null;
}

export interface OutgoingWhatsApp {
	/** The engine's message id, given back by status callbacks. */
	id: string;
	/** E.164 with its plus. */
	to: string;
	/** Meta: id of a phone number. Twilio: a number (E.164) or messaging service (MG…). */
	from: string;
	body: WhatsAppBody;
	/** Where the service tells what became of it; Meta has one address for all. */
	callbackUrl?: string;
}

export type WhatsAppProvider = Provider<OutgoingWhatsApp>;

export interface MetaConfig extends ProviderSettings {
	kind: 'meta';
	accessToken: string;
	/** Whom messages come from where a step names no other. */
	phoneNumberId: string;
	/** Whose templates they are; absent: templates are not looked up. */
	businessAccountId?: string;
	/** Proves each call to be the app's own (appsecret_proof), and signs callbacks. */
	appSecret?: string;
	/** Of the Graph API, such as v23.0. */
	version: string;
	/** Instead of https://graph.facebook.com. Without a trailing slash. */
	baseUrl?: string;
}

export type WhatsAppConfig = MetaConfig | TwilioConfig;

/** A template as the service has it, in one language. */
export interface WhatsAppTemplateView {
	/** As in FilledTemplate. */
	id: string;
	/** For people. */
	name: string;
	language: string;
	/** approved: may be sent. paused: not now. Else the service's own word, in small letters; null: it does not say. */
	status: string | null;
	category: 'marketing' | 'utility' | 'authentication' | null;
	/** none: has no header, or one that is the same for everybody. */
	header: WhatsAppHeader['kind'] | 'none';
	/** With placeholders: Hello {{1}}. */
	text: string;
	/** Of the body, in order: '1', '2', or names. At Twilio of the whole content. */
	parameters: string[];
	/** Those that must be given something. */
	buttons: Array<Pick<WhatsAppButton, 'index' | 'kind'>>;
}
