import type { JsonObject } from '../kernel';
import type { Decoration } from './links';

/** What a sender was given. Liquid in every field; sees profile, journey, event, item. */
export interface EmailContent {
	subject: string;
	preheader?: string;
	body:
		| { kind: 'mjml'; source: string }
		| { kind: 'html'; source: string }
		| { kind: 'text'; source: string };
}

/** What a sender of text messages was given. Liquid in every field. */
export interface TextContent {
	/** May be '' where there is media. */
	text: string;
	/** Public addresses of pictures and other files; one that Liquid leaves empty is left out. */
	mediaUrls?: string[];
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
