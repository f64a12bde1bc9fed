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
	around?: Surroundings;
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

/** Compiled once, rendered per contact. */
export interface CompiledFields<Content> {
	/** Throws TEMPLATE_INVALID with the field and the line. */
	render(scope: RenderScope | Omit<RenderScope, 'links'>): Content;
}
