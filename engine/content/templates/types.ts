import type { StepRef } from '../../journeys/types';
import type { Channel, JsonObject } from '../../kernel';
import type { Block, EmailContent, TextContent } from '../../templates/types';

/*
 * Words: a template is what messages of one channel are made of, in one or more languages. Its draft may be changed at any time; publishing makes a version of
 * it, with a number, that never changes, and senders take the version that is published. A version keeps the blocks and the brand as they were when it was
 * published: what somebody got is known by template, version and language, and a new footer reaches a template when that is published again.
 *
 * States: draft (never published, or taken back) | published (senders take what the draft says) | changed (senders take a version, the draft says something else).
 */
export type TemplateState = 'draft' | 'published' | 'changed';

/** What a message of the channel is made of, with Liquid in each text: EmailContent for email, TextContent for sms, the sender's own fields for the others. */
export type TemplateContent = EmailContent | TextContent | JsonObject;

/** By language (a BCP 47 tag as Intl writes it: 'de', 'pt-BR'). */
export interface InLanguages<Content> {
	/** Whoever speaks none of the others gets this one. */
	defaultLanguage: string;
	languages: Record<string, Content>;
}

interface Saving<Content> {
	/** What steps and texts call it: small letters, digits, '-', '_' and '.', at most 100. */
	key: string;
	/** As people read it; default: as it is, else the key. */
	name?: string;
	/** The language that `content` is in; default: the default language. */
	language?: string;
	/** Of a new one the language's own when absent. */
	defaultLanguage?: string;
	content: Content;
}

export interface TemplateSave extends Saving<TemplateContent> {
	/** Of a new template; one that exists keeps its own. */
	channel?: Channel;
}

export type BlockSave = Saving<Block>;

/** Something that keeps a content from being published, or a message of it from being made. */
export interface TemplateProblem {
	language: string;
	/** 'subject', 'body'; null: the whole. */
	field: string | null;
	line: number | null;
	/** What is wrong and what to do. */
	message: string;
}

interface ItemView<Content> extends InLanguages<Content> {
	key: string;
	name: string;
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

export interface TemplateView extends ItemView<TemplateContent> {
	channel: Channel;
	samples: TemplateSample[];
}

export type BlockView = ItemView<Block>;

/** Test data of a template: what a preview is made with instead of a person. */
export interface TemplateSample {
	name: string;
	profile: JsonObject;
	event?: JsonObject;
	item?: JsonObject;
}

/** One version, newest first. */
export interface VersionView {
	version: number;
	at: string;
	by: string;
	/** Whether senders take this one. */
	published: boolean;
	languages: string[];
	/** Version of each block in it. */
	blocks: Record<string, number>;
	/** Version of the brand in it; null: none was set. */
	brand: number | null;
}

/** A text that is another in two versions; null: it is not there. */
export interface VersionChange {
	language: string;
	/** 'subject', 'body.source'. */
	field: string;
	before: string | null;
	after: string | null;
}

/** null: the draft. */
export type VersionOf = number | null;

/** Who did it, for versions and the audit log. */
export interface ByWhom {
	by?: string;
}

/** What Liquid calls `brand`; further values of one's own are welcome. */
export interface BrandValues {
	name?: string;
	/** Web address of a picture. */
	logo?: string;
	url?: string;
	/** Postal address: many countries want one in every marketing mail. */
	address?: string;
	colors?: Record<string, string>;
	fonts?: Record<string, string>;
	/** Name of the network -> web address. */
	social?: Record<string, string>;
	[name: string]: string | Record<string, string> | undefined;
}

export interface BrandView {
	/** 0: nothing was set. */
	version: number;
	values: BrandValues;
	savedAt: string | null;
	savedBy: string | null;
}

/** Templates that take something new only when they are published again, by key. */
export interface Behind {
	/** Published ones that show another version of it. */
	behind: string[];
	/** Those that were published again in the same go. */
	republished: string[];
}

export interface PreviewAs extends ByWhom {
	key: string;
	/** Default the draft. */
	version?: number;
	/** Default: the person's, else the default language. */
	language?: string;
	/** As this person; else with the test data of this name, else with the first there is, else with nothing. */
	profileId?: number;
	sample?: string;
	item?: JsonObject;
}

export interface TemplatePreview {
	key: string;
	version: VersionOf;
	language: string;
	channel: Channel;
	/** Of mails. */
	subject?: string;
	html?: string;
	/** Of mails and text messages. */
	text?: string;
	mediaUrls?: string[];
	/** Of the other channels. */
	fields?: JsonObject;
	profile: number | null;
	sample: string | null;
}

export type Severity = 'error' | 'warning' | 'hint';

/** What a check has found. */
export interface LintFinding {
	severity: Severity;
	/** Stable name of the rule, such as 'missing-alt'. */
	rule: string;
	language: string;
	field: string | null;
	/** What it is about, such as the address of the link; shortened. */
	where: string | null;
	message: string;
	remedy: string;
	/** Where the rule is from, an address; null: what mail programs do. */
	source: string | null;
}

export interface LintRequest {
	key: string;
	/** Default the draft. */
	version?: number;
	/** Default marketing, which has to say how to leave. */
	purpose?: 'marketing' | 'transactional';
	/** Asks each web address whether it is there (HEAD); public addresses only. Default false. */
	checkLinks?: boolean;
}

export interface LintReport {
	key: string;
	version: VersionOf;
	errors: number;
	warnings: number;
	hints: number;
	/** Bytes of the HTML as it is sent, by language; of mails. */
	bytes: Record<string, number>;
	findings: LintFinding[];
}

export interface StarterView {
	key: string;
	name: string;
	/** Which journey it is for. */
	description: string;
	purpose: 'marketing' | 'transactional';
}

export interface TemplatesApi {
	/** Writes one language of the draft; makes the template when there is none of that key. What keeps it from being published is told, and saved all the same. Throws BAD_INPUT, CONFLICT (another channel). */
	save(template: TemplateSave, options?: ByWhom): Promise<TemplateView & { problems: TemplateProblem[] }>;
	get(key: string): Promise<TemplateView | null>;
	/** By key. */
	list(query?: { channel?: Channel; published?: boolean }): Promise<TemplateView[]>;
	/** The draft becomes the next version and what senders take; with `version` an older one is taken again. Throws TEMPLATE_INVALID, NOT_FOUND. */
	publish(key: string, options?: ByWhom & { version?: number }): Promise<TemplateView>;
	/** Senders take none of it: their people wait. Who is sending it is told. Throws NOT_FOUND. */
	unpublish(key: string, options?: ByWhom): Promise<TemplateView & { usedBy: string[] }>;
	versions(key: string): Promise<VersionView[]>;
	/** Throws NOT_FOUND. */
	compare(key: string, before: VersionOf, after: VersionOf): Promise<VersionChange[]>;
	/** Throws CONFLICT while a published step sends it, NOT_FOUND. What was sent of it still says so. */
	delete(key: string, options?: ByWhom): Promise<void>;
	/** Takes one language out of the draft. Throws BAD_INPUT for the default language. */
	removeLanguage(key: string, language: string, options?: ByWhom): Promise<TemplateView>;
	/** Test data by name; null takes it away. At most 20. Throws BAD_INPUT. */
	saveSample(key: string, name: string, sample: Omit<TemplateSample, 'name'> | null): Promise<TemplateView>;
	/** Renders; records nothing. Throws TEMPLATE_INVALID, NOT_FOUND. */
	preview(as: PreviewAs): Promise<TemplatePreview>;
	/** What is wrong with it, or will look wrong somewhere. Throws NOT_FOUND. */
	check(request: LintRequest): Promise<LintReport>;
	/** Mails to begin with, which ship with the package. */
	starters(): Promise<StarterView[]>;
	/** A new template of email made of a starter, in English, with its test data. Throws NOT_FOUND, CONFLICT (the key is taken). */
	createFromStarter(starter: string, key: string, options?: ByWhom): Promise<TemplateView>;
	/** A published step says which templates it sends, those of its variants too; one that an item names is not known. Counts for as long as the step beats. */
	uses(step: StepRef, keys: string[]): Promise<void>;
}

/** Shared parts of templates, shown by {% render 'key' %}. */
export interface BlocksApi {
	/** Throws BAD_INPUT. */
	save(block: BlockSave, options?: ByWhom): Promise<BlockView & { problems: TemplateProblem[] }>;
	get(key: string): Promise<BlockView | null>;
	list(): Promise<BlockView[]>;
	/** As that of templates. republish: those that show it are published again with it, as they were published, not as their drafts are. */
	publish(key: string, options?: ByWhom & { version?: number; republish?: boolean }): Promise<BlockView & Behind>;
	versions(key: string): Promise<VersionView[]>;
	/** Throws CONFLICT while a draft or a published template shows it, NOT_FOUND. */
	delete(key: string, options?: ByWhom): Promise<void>;
}

export interface BrandApi {
	get(): Promise<BrandView>;
	/** Only what is given changes; null takes a value away. Steps that hold their own content show it at once, templates when they are published again. Throws BAD_INPUT. */
	set(values: Record<string, unknown>, options?: ByWhom & { republish?: boolean }): Promise<BrandView & Behind>;
}
