import type { ChatFormat } from '../channels/types';
import type { JsonObject } from '../kernel';
import type { Decoration } from './links';
import type { Surroundings } from './surroundings';

export type { Block, BlockFormat, Surroundings } from './surroundings';

/** What a sender was given. Liquid in every field; sees profile, journey, event, item. */
export interface EmailContent {
	subject: string;
	preheader?: string;
	body:
		| { kind: 'mjml'; source: string }
		| { kind: 'html'; source: string }
		| { kind: 'text'; source: string };
	around?: Surroundings;
}

/** What a sender of text messages was given. Liquid in every field. */
export interface TextContent {
	/** May be '' where there is media. */
	text: string;
	/** Public addresses of pictures and other files; one that Liquid leaves empty is left out. */
	mediaUrls?: string[];
	around?: Surroundings;
}

/** What a sender of chat messages was given. Liquid in every text. */
export interface ChatContent {
	format: ChatFormat;
	/** May be '' where there is a picture or a Kakao template. */
	text: string;
	/** Public address of a picture; empty for a person: they get none. */
	imageUrl?: string;
	/** Below the text. One whose label or address is empty for a person is left out. */
	buttons?: Array<{ label: string; url: string }>;
	/** AlimTalk: the template instead of a text. Names of variables with or without #{}. */
	kakao?: { pfId: string; templateId: string; variables: Record<string, string>; smsFrom?: string };
}

/** What is printed of a piece of mail: by name, HTML with Liquid (values are escaped) and plain texts with Liquid. */
export interface PrintContent {
	html: Readonly<Partial<Record<'front' | 'back' | 'letter', string>>>;
	/** Of templates at the service. */
	variables: Readonly<Record<string, string>>;
	/** Parts of the address. */
	postal: Readonly<Record<string, string>>;
}

export interface RenderScope {
	profile: JsonObject;
	journey: JsonObject;
	event: JsonObject | null;
	item: JsonObject;
	/** unsubscribeUrl, preferencesUrl, and confirmUrl where the template asks for it. */
	links: JsonObject;
	/** Lists of products, of those that the template asks for (library.ts, PRODUCT_BLOCKS). */
	products?: JsonObject;
	/** For tags and filters; nothing to be written out. */
	library?: TemplateLibrary;
}

/** A picture as a message shows it. */
export interface TemplateImage {
	url: string;
	alt: string;
	/** Pixels it is shown in. */
	width: number;
	height: number;
}

/** What tags and filters take from the engine while a message is made. Throws LibraryProblem. */
export interface TemplateLibrary {
	coupon(pool: string): { code: string; /** ISO 8601; null: without end. */ expiresAt: string | null };
	/** `width`: CSS pixels it is to be shown in; the file has the next size up. */
	image(name: string, width?: number): TemplateImage;
}

export interface RenderedEmail {
	subject: string;
	html: string;
	text: string;
}

/** Compiled once, rendered per contact. */
export interface CompiledEmail {
	/** Throws TEMPLATE_INVALID with the field and the line. With a decoration links and pixel are as decorateHtml makes them, at a tenth of its cost. */
	render(scope: RenderScope, decoration?: Decoration): Promise<RenderedEmail>;
}

/** Compiled once, rendered per contact. Each throws TEMPLATE_INVALID with the field and the line. */
export interface CompiledPrint {
	html(scope: RenderScope): Record<string, string>;
	variables(scope: RenderScope): Record<string, string>;
	postal(scope: Omit<RenderScope, 'links'>): Record<string, string>;
}

export interface RenderedText {
	text: string;
	mediaUrls: string[];
}

/** Compiled once, rendered per contact. */
export interface CompiledText {
	/** Throws TEMPLATE_INVALID with the field and the line. */
	render(scope: RenderScope): RenderedText;
}

export interface RenderedChat {
	text: string;
	imageUrl: string;
	buttons: Array<{ label: string; url: string }>;
	/** #{name} -> value. */
	variables: Record<string, string>;
}

/** Compiled once, rendered per contact. */
export interface CompiledChat {
	/** Throws TEMPLATE_INVALID with the field and the line. */
	render(scope: RenderScope): RenderedChat;
}

/** Texts of a notification by name, with Liquid in each; and JSON with Liquid in its texts. */
export interface NotificationTexts {
	texts: Readonly<Record<string, string>>;
	json?: JsonObject;
}

export interface RenderedNotification {
	texts: Record<string, string>;
	json: JsonObject;
}

/** Compiled once, rendered per contact. */
export interface CompiledNotification {
	/** Throws TEMPLATE_INVALID with the field and the line. */
	render(scope: RenderScope): RenderedNotification;
}

/** The fields of a message of any other channel. Compiled once, rendered per contact. */
export interface CompiledFields {
	/** Throws TEMPLATE_INVALID with the field's path and the line. */
	render(scope: RenderScope): JsonObject;
}
