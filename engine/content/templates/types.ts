import type { Channel, JsonObject } from '../../kernel';
import type { EmailContent, TextContent } from '../../templates/types';

/*
 * Words: a template is what messages of one channel are made of, in one or more languages. Its draft may be changed at any time; publishing makes a version of
 * it, with a number, that never changes, and senders take the version that is published. What a version shows of blocks and brand is kept in it.
 *
 * States: draft (never published, or taken back) | published (what senders take is the draft) | changed (senders take a version, the draft is another).
 */
export type TemplateState = 'draft' | 'published' | 'changed';

/** What a message of the channel is made of, with Liquid in each text: EmailContent for email, TextContent for sms, the sender's own fields for the others. */
export type TemplateContent = EmailContent | TextContent | JsonObject;

/** By language (a BCP 47 tag as Intl writes it: 'de', 'pt-BR'). */
export interface LanguageVersions {
	/** Whoever speaks none of the others gets this one. */
	defaultLanguage: string;
	languages: Record<string, TemplateContent>;
}

export interface TemplateSave {
	/** What steps and nodes call it: small letters, digits, '-', '_' and '.', at most 100. */
	key: string;
	/** As people read it; default: as it is, else the key. */
	name?: string;
	/** Of a new template; one that exists keeps its own. */
	channel?: Channel;
	/** The language that `content` is in; default: the template's default language. */
	language?: string;
	/** Of a new template the language's own when absent. */
	defaultLanguage?: string;
	content: TemplateContent;
}

/** Something that keeps a content from being published, or a message of it from being made. */
export interface TemplateProblem {
	language: string;
	/** 'subject', 'body'; null: the whole. */
	field: string | null;
	line: number | null;
	/** What is wrong and what to do. */
	message: string;
}

export interface TemplateView extends LanguageVersions {
	key: string;
	name: string;
	channel: Channel;
	state: TemplateState;
	/** The number of the version that senders take; null: none. */
	published: number | null;
	/** ISO 8601. */
	publishedAt: string | null;
	publishedBy: string | null;
	savedAt: string;
	savedBy: string;
	createdAt: string;
}

export interface TemplatesApi {
	/** Writes one language of the draft; makes the template when there is none of that key. What keeps it from being published is told, and saved all the same. Throws BAD_INPUT, CONFLICT (another channel). */
	save(template: TemplateSave, options?: { by?: string }): Promise<TemplateView & { problems: TemplateProblem[] }>;
	get(key: string): Promise<TemplateView | null>;
	/** By key. */
	list(query?: { channel?: Channel; published?: boolean }): Promise<TemplateView[]>;
}
