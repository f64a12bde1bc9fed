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
