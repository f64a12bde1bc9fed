import type { WhatsAppBody, WhatsAppButton, WhatsAppConfig, WhatsAppHeader, WhatsAppMediaType, WhatsAppTemplateView } from '../channels/types';
import type { JsonObject } from '../kernel';
import type { Surroundings } from '../templates/types';
import type { MadeOf, PreviewPerson, PreviewOf, SendPurpose, SendRequest, SendResult } from './types';
import type { InVariants } from './variant-types';

/** A template and what fills it in. Liquid in every text, the language too. */
export interface WhatsAppTemplateContent {
	kind: 'template';
	/** Meta: its name. Twilio: the SID of its content (HX…). */
	id: string;
	/** Meta's code, such as en_US; '' at Twilio. */
	language: string;
	/** Of an authentication template: the one-time code, which its body and its button are given. Then there is nothing else. */
	code?: string;
	header?: WhatsAppHeader;
	/** In order, or by name. At Twilio all variables of the content. */
	body?: Array<{ name?: string; text: string }>;
	buttons?: WhatsAppButton[];
}

/** Only to whoever wrote within 24 hours. Liquid in every text. */
export type WhatsAppFreeContent =
	| { kind: 'text'; text: string; /** Of the first link. Default false. */ previewUrl?: boolean }
	| { kind: 'media'; type: WhatsAppMediaType; url: string; caption?: string; /** Of documents. */ fileName?: string }
	| { kind: 'interactive'; text: string; header?: string; footer?: string; /** Up to three. */ buttons?: WhatsAppChoice[]; /** Up to ten rows. */ list?: { button: string; rows: Array<WhatsAppChoice & { section?: string; description?: string }> } };

/** One whose title is empty for a person is left out. */
export interface WhatsAppChoice {
	title: string;
	/** What comes back when it is pressed. Default: the title. */
	id?: string;
}

export type WhatsAppContent = (WhatsAppTemplateContent | WhatsAppFreeContent) & { around?: Surroundings };

/** How a WhatsApp message is made of its content. */
export interface WhatsAppMaking {
	content: WhatsAppContent;
	/** Goes instead of a text or media to whoever has not written within 24 hours; absent: they are skipped. */
	whenClosed?: WhatsAppTemplateContent;
	purpose: SendPurpose;
	/** Meta: id of a phone number, '' for that of the credential. Twilio: a number or messaging service (MG…). */
	from: string;
	/** Links in texts and captions lead through the collector. */
	trackClicks: boolean;
}

export type WhatsAppSendRequest = SendRequest<WhatsAppContent, WhatsAppConfig> & WhatsAppMaking;

export interface WhatsAppPreviewRequest extends WhatsAppMaking {
	profileId: PreviewPerson;
	item: JsonObject;
	/** Templates are shown as the service has them. */
	provider: WhatsAppConfig;
	/** Send the rendered message there (international form); nothing is recorded. */
	testRecipient?: string;
}

export interface RenderedWhatsApp {
	body: WhatsAppBody;
	/** What the person reads; null: of a template that cannot be looked up. */
	text: string | null;
}

export interface WhatsAppPreview {
	message: RenderedWhatsApp;
	/** What goes instead when the window is closed. */
	whenClosed: RenderedWhatsApp | null;
	/** As the service knows it. */
	from: string;
	profile: number | null;
	sentTo: string | null;
}

export interface WhatsAppApi {
	/** As sendEmail, to the person's phone number on WhatsApp. Throws BAD_INPUT also where template and parameters do not fit, as far as the service can be asked. */
	sendWhatsApp(request: MadeOf<WhatsAppSendRequest>): Promise<SendResult[]>;
	/** As preview of a mail. */
	previewWhatsApp(request: PreviewOf<WhatsAppPreviewRequest>): Promise<InVariants<WhatsAppPreview>>;
	/** Of the account, for dropdowns. Throws PROVIDER_FAILED, BAD_INPUT. */
	whatsAppTemplates(config: WhatsAppConfig): Promise<WhatsAppTemplateView[]>;
}
