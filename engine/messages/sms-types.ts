import type { SmsConfig, SmsSegments } from '../channels/types';
import type { JsonObject } from '../kernel';
import type { TextContent } from '../templates/types';
import type { PreviewPerson, SendPurpose, SendRequest } from './types';

/** Who a text message comes from: the sender of the country that its number is in, else the default. */
export interface SmsSenders {
	/** A number (E.164 or a short code), a name of up to 11 letters and digits, or a group of senders at the service; '': only the countries below are sent to. */
	default: string;
	/** ISO 3166-1 alpha-2, upper case -> sender. */
	byCountry: Readonly<Record<string, string>>;
}

/** How a text message is made of its content. */
export interface SmsMaking {
	content: TextContent;
	purpose: SendPurpose;
	senders: SmsSenders;
	/** Links lead through the collector, so that clicks are seen; they become long. */
	trackClicks: boolean;
	/** Typographic quotes, dashes and the like are replaced where one of them would make the message cost twice as much. Default false. */
	smartEncoding?: boolean;
	/** Last line of marketing messages, with Liquid, such as 'Reply STOP to opt out'. */
	unsubscribeHint?: string;
	/** Price of a segment as decimal text, by country (ISO 3166-1 alpha-2); '*' for all others. What a message came to stands in the ledger. */
	prices?: Readonly<Record<string, string>>;
}

export type SmsSendRequest = SendRequest<TextContent, SmsConfig> & SmsMaking;

export interface SmsPreviewRequest extends SmsMaking {
	profileId: PreviewPerson;
	item: JsonObject;
	/** Send the rendered message there (international form); nothing is recorded. */
	testRecipient?: string;
	provider?: SmsConfig;
}

export interface SmsPreview extends SmsSegments {
	text: string;
	mediaUrls: string[];
	/** Where the person's number is (ISO 3166-1 alpha-2); null: they have none, or it does not tell. */
	country: string | null;
	/** null: no sender for that country. */
	from: string | null;
	/** Decimal; null: no price is known. Media is not in it. */
	cost: string | null;
	profile: number | null;
	sentTo: string | null;
	/** Why it would not leave in a journey; null: it would. */
	trouble: string | null;
}
