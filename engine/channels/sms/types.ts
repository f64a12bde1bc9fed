import type { Provider, ProviderSettings } from '../types';

export interface OutgoingSms {
	/** The engine's message id; given back by status callbacks, and the idempotency key where there is one. */
	id: string;
	/** E.164 with its plus. */
	to: string;
	/** A number (E.164 or a short code), a name of up to 11 characters, or what the service calls a group of senders (Twilio's messaging service). */
	from: string;
	text: string;
	/** Pictures and other files of an MMS, by public address; none: an SMS. */
	mediaUrls: string[];
	/** Of a service that takes files and no addresses: what was uploaded for this message, as the service calls it. */
	mediaId?: string;
	/** Where the service tells what became of it. Absent: no public address is known. */
	callbackUrl?: string;
}

export type SmsProvider = Provider<OutgoingSms>;

/** Instead of the service's own address: a region, an edge, a gateway in between. Without a trailing slash. */
interface Addressed extends ProviderSettings {
	baseUrl?: string;
}

export interface TwilioConfig extends Addressed {
	kind: 'twilio';
	/** AC… */
	accountSid: string;
	/** Signs callbacks; logs in where there is no API key. */
	authToken: string;
	/** SK…, with its secret. */
	apiKey?: string;
	apiKeySecret?: string;
}

export interface VonageConfig extends Addressed {
	kind: 'vonage';
	apiKey: string;
	apiSecret: string;
	/** With its private key (PEM): calls are made as this application. Without: by key and secret. */
	applicationId?: string;
	privateKey?: string;
	/** Signs callbacks. */
	signatureSecret?: string;
}

export interface TelnyxConfig extends Addressed {
	kind: 'telnyx';
	apiKey: string;
	/** For senders that are names. */
	messagingProfileId?: string;
	/** Of the account, base64: what callbacks are signed with. */
	publicKey?: string;
}

export interface PlivoConfig extends Addressed {
	kind: 'plivo';
	authId: string;
	authToken: string;
}

export interface SinchConfig extends Addressed {
	kind: 'sinch';
	servicePlanId: string;
	apiToken: string;
	region: 'us' | 'eu' | 'au' | 'br' | 'ca';
	/** Sinch does not sign callbacks of this API: it is the `key` in their address. */
	callbackKey?: string;
}

export interface InfobipConfig extends Addressed {
	kind: 'infobip';
	/** Of the account, such as https://abc123.api.infobip.com. */
	baseUrl: string;
	apiKey: string;
	/** Infobip does not sign callbacks: it is the `key` in their address. */
	callbackKey?: string;
}

export interface BirdConfig extends Addressed {
	kind: 'bird';
	/** Of the current platform (Channels API), both or neither; neither: an account of the API that was MessageBird's. */
	workspaceId?: string;
	channelId?: string;
	accessKey: string;
	/** Signs callbacks. */
	signingKey?: string;
}

export interface SolapiConfig extends Addressed {
	kind: 'solapi';
	apiKey: string;
	apiSecret: string;
	/** The `key` in the address of callbacks. */
	callbackKey?: string;
}

/** A service that is not in the list. Placeholders such as {{to}} in address, headers and body: to (E.164), toDigits (without the plus), from, text, id, mediaUrl (the first), callbackUrl and secret. */
export interface HttpSmsConfig extends ProviderSettings {
	kind: 'http';
	/** In reasons: "Acme SMS refused the message". */
	service: string;
	method: 'GET' | 'POST' | 'PUT';
	url: string;
	headers: Record<string, string>;
	/** json: values are escaped for JSON strings. form: for a form. text: as they are. */
	bodyType: 'json' | 'form' | 'text' | 'none';
	body: string;
	/** {{secret}}: a key or password, which is kept out of every reason. */
	secret?: string;
	/** Statuses that mean "accepted": "200-299", "200,202". */
	acceptedStatus: string;
	/** And besides it this text in the answer; '': none. */
	acceptedText: string;
	/** Dotted path of the service's message id in its JSON; '': there is none. */
	idPath: string;
	/** Called by the Test button with GET; '': only whether the send address answers. */
	testUrl: string;
	/** The `key` in the address of callbacks. */
	callbackKey?: string;
}

export type SmsConfig = TwilioConfig | VonageConfig | TelnyxConfig | PlivoConfig | SinchConfig | InfobipConfig | BirdConfig | SolapiConfig | HttpSmsConfig;

/** What one SMS comes to on the air. */
export interface SmsSegments {
	encoding: 'GSM-7' | 'UCS-2';
	segments: number;
	/** As people are told: in GSM-7 a character of the extension table (€, [, {) is two, in UCS-2 an emoji is one, though it takes up two or more. */
	characters: number;
}
