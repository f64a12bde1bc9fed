import type { Surroundings } from '../templates/types';

/** Where a message stands: over the page (banner, modal, slideIn), in a place that the page keeps free (inline), or in the person's inbox. */
export type OnSiteKind = 'banner' | 'modal' | 'slideIn' | 'inline' | 'inbox';

export interface OnSiteButton {
	label: string;
	/** An http(s) address; '': the button closes the message. */
	url: string;
}

export type SignUpField = 'email' | 'phone' | 'firstName';

/** A form whose yes counts after double opt-in. */
export interface SignUpForm {
	/** With email, phone or both. */
	fields: SignUpField[];
	/** What the person agrees to; kept with the consent by a version made of it. */
	consentText: string;
	/** Of email and SMS; none: the channel as a whole. */
	topics: string[];
	submitLabel: string;
	/** After it was sent. */
	thanks: string;
}

/** nps: 0 to 10. csat: 1 to 5. stars: 1 to 5. thumbs: 1 is up, 0 is down. choice: one of `choices`, by its place from 0. */
export type SurveyScale = 'nps' | 'csat' | 'stars' | 'thumbs' | 'choice';

export interface Survey {
	question: string;
	scale: SurveyScale;
	choices: string[];
	lowLabel: string;
	highLabel: string;
	/** Asked after the answer, with room for words; '': not asked. */
	followUp: string;
	thanks: string;
}

/** What is shown. Liquid in every text. */
export interface OnSiteContent {
	headline: string;
	text: string;
	imageUrl?: string;
	imageAlt?: string;
	buttons: OnSiteButton[];
	form?: SignUpForm;
	survey?: Survey;
	around?: Surroundings;
}

/** load: as soon as the page is there. exit: when the pointer leaves it for the window's edge. */
export type OnSiteTrigger = { on: 'load' } | { on: 'delay'; seconds: number } | { on: 'scroll'; percent: number } | { on: 'exit' } | { on: 'event'; event: string };

export interface OnSiteRules {
	trigger: OnSiteTrigger;
	/** Parts of the address, one of which it must have; none: every page. * stands for anything. */
	urls: string[];
	/** Parts that it must not have. */
	notUrls: string[];
}

export interface OnSiteStyle {
	/** Of buttons: #rrggbb; '': the snippet's own. */
	accent: string;
	theme: 'auto' | 'light' | 'dark';
	position: 'top' | 'bottom' | 'start' | 'end';
}

/** How and how often a message is shown. */
export interface OnSiteShowing {
	kind: OnSiteKind;
	/** Of inline: what the page calls the place (data-journeys-slot). */
	slot: string;
	rules: OnSiteRules;
	/** Higher ones are shown first. */
	priority: number;
	/** 0: as often as it fits, until it is dismissed, clicked, answered or expires. */
	mostShows: number;
	/** Between two times. */
	gapHours: number;
	expiresAfterHours: number;
	/** Taken back when the person is taken out of the journey before its end. */
	recall: boolean;
	/** Shown in any browser that names the person, without the site's proof of who they are. Content with personal data is refused then. */
	anyBrowser: boolean;
	style: OnSiteStyle;
}

/** One message as it was made for a person. */
export interface QueuedMessage {
	/** The ledger's id. */
	message: string;
	content: OnSiteContent;
	showing: OnSiteShowing;
}

/** Who looks, as their browser says; what of it counts is asked of the database (reader.ts). */
export interface Browser {
	anonymousId: string | null;
	userId: string | null;
	/** Whether the site has proved `userId`. */
	proven: boolean;
}

/** The page as it is at the moment of the decision. */
export interface PageState {
	url: string;
	/** Since it was opened. */
	seconds: number;
	/** How far it was scrolled down, 0 to 100. */
	scroll: number;
	exit: boolean;
	/** Names of what has just happened on it. */
	events: string[];
	/** Inline places it has free. */
	slots: string[];
	/** Whether a message may be laid over it now. */
	overlay: boolean;
}

/** A message that is shown now, as the page gets it. */
export interface ShownMessage {
	/** For what is done with it: signed, names the message alone. */
	token: string;
	kind: OnSiteKind;
	content: OnSiteContent;
	style: OnSiteStyle;
}

export interface InboxMessage extends ShownMessage {
	/** ISO 8601. */
	at: string;
	read: boolean;
}

export interface Decision {
	overlay: ShownMessage | null;
	/** By place. */
	slots: Record<string, ShownMessage>;
	/** What would be shown later on this page, by what has to happen first; says nothing of the messages. */
	watch: OnSiteTrigger[];
	/** In the inbox. */
	unread: number;
}

export interface Inbox {
	messages: InboxMessage[];
	unread: number;
}

export type SurveyAnswer = { score: number; comment?: string };

/** What somebody did with a message that was shown to them. */
export type OnSiteAct =
	| { do: 'click'; /** Which of its buttons, from 0. */ button: number }
	| { do: 'dismiss' }
	| { do: 'read' }
	| { do: 'answer'; answer: SurveyAnswer }
	| { do: 'signUp'; fields: Partial<Record<SignUpField, string>> };

export interface ActFacts {
	/** Stored with the consent where the settings allow it. */
	ip: string | null;
	/** Of the page. */
	url: string;
}

/** What the site is told: nothing of whom. */
export type ActResult = 'done' | 'repeated' | 'unknown' | { refused: string; /** Of a form: which is not filled in as it should be. */ field?: SignUpField };
