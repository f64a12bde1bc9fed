import type { Provider, ProviderSettings } from '../types';

/** How the text was written. plain: nothing in it means anything. markdown: **bold**, *italic*, ~~struck~~, `code`, [text](address). html: Telegram's tags. */
export type ChatFormat = 'plain' | 'markdown' | 'html';

/** A text by what stands in it, for each service to write in its own way. */
export type ChatNode =
	| { kind: 'text'; text: string }
	| { kind: 'code'; text: string }
	| { kind: 'bold' | 'italic' | 'strike'; children: ChatNode[] }
	/** children: null where the address itself is shown. */
	| { kind: 'link'; url: string; children: ChatNode[] | null };

export type ChatText = { kind: 'nodes'; nodes: ChatNode[] } | { kind: 'html'; html: string };

export interface ChatButton {
	label: string;
	/** http or https. */
	url: string;
}

/** What an AlimTalk is made of; its text and buttons are those of the template, which Kakao has approved. */
export interface KakaoMessage {
	/** Of the channel at Solapi: KA01PF… */
	pfId: string;
	/** KA01TP… */
	templateId: string;
	/** #{name} -> value. */
	variables: Readonly<Record<string, string>>;
	/** The number that a text message comes from, when the person has no KakaoTalk; absent: no text message is sent instead. */
	smsFrom?: string;
}

export interface OutgoingChat {
	/** The engine's message id; the idempotency key where there is one. */
	id: string;
	/** As the service knows the person: chat ID, user ID, for Kakao the phone number (E.164). */
	to: string;
	text: ChatText;
	/** Public address. */
	imageUrl?: string;
	buttons: ChatButton[];
	/** Arrives without a sound, where the service can do that. */
	silent: boolean;
	kakao?: KakaoMessage;
}

export type ChatProvider = Provider<OutgoingChat>;

/** What a service takes. */
export interface ChatRules {
	/** In reasons. */
	service: string;
	formats: readonly ChatFormat[];
	image: boolean;
	buttons: boolean;
	/** Characters of a button's address. Absent: as many as it has. */
	mostUrl?: number;
	/** The text as the service gets it. */
	written(message: OutgoingChat): string;
	/** Why the service would refuse the message, with what to do; null: it would not. */
	problem(message: OutgoingChat): string | null;
}

interface Addressed extends ProviderSettings {
	/** Instead of the service's own address: a gateway in between. Without a trailing slash. */
	baseUrl?: string;
}

export interface TelegramConfig extends Addressed {
	kind: 'telegram';
	/** 123456:ABC… of BotFather. */
	botToken: string;
}

export interface LineConfig extends Addressed {
	kind: 'line';
	channelAccessToken: string;
}

export interface SlackConfig extends Addressed {
	kind: 'slack';
	/** xoxb-… */
	botToken: string;
}

export interface DiscordConfig extends Addressed {
	kind: 'discord';
	botToken: string;
}

export interface ViberConfig extends Addressed {
	kind: 'viber';
	authToken: string;
	/** Whom people see, at most 28 characters. */
	senderName: string;
}

/** AlimTalk through Solapi. */
export interface KakaoConfig extends Addressed {
	kind: 'kakao';
	apiKey: string;
	apiSecret: string;
}

export type ChatConfig = TelegramConfig | LineConfig | SlackConfig | DiscordConfig | ViberConfig | KakaoConfig;
