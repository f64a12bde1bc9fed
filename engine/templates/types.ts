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

export interface RenderedText {
	text: string;
	mediaUrls: string[];
}

/** Compiled once, rendered per contact. */
export interface CompiledText {
	/** Throws TEMPLATE_INVALID with the field and the line. */
	render(scope: RenderScope): RenderedText;
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
