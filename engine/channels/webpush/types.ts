import type { JsonObject } from '../../kernel';
import type { Provider, ProviderSettings } from '../types';

/** What a browser gave when somebody subscribed in it (https://www.w3.org/TR/push-api/#pushsubscription-interface). */
export interface WebPushSubscription {
	/** An https address at the browser's push service. Personal data: whoever has it and the keys can write to the browser. */
	endpoint: string;
	/** The browser's public key, P-256, uncompressed: 65 bytes, base64url. */
	p256dh: string;
	/** 16 bytes, base64url. */
	auth: string;
}

export interface OutgoingWebPush {
	/** The engine's message id. */
	id: string;
	subscriptions: readonly WebPushSubscription[];
	/** What the service worker gets, as JSON. */
	payload: JsonObject;
	/** How long the push service keeps it for a browser that is not there; 0: now or never. */
	ttlSeconds: number;
	/** RFC 8030, 5.3. */
	urgency: 'very-low' | 'low' | 'normal' | 'high';
	/** A newer one of the same topic replaces it while it waits (RFC 8030, 5.4): 32 characters of base64url at most. */
	topic?: string;
}

export type WebPushProvider = Provider<OutgoingWebPush>;

/** Voluntary application server identification (RFC 8292). */
export interface VapidConfig extends ProviderSettings {
	kind: 'vapid';
	/** P-256, uncompressed, base64url. */
	publicKey: string;
	/** 32 bytes, base64url. */
	privateKey: string;
	/** Whom the push service writes to when something is wrong: mailto: or https:. */
	subject: string;
	/** Push services besides the browsers' own, as host or host:port. Only those may be no https. */
	extraHosts?: readonly string[];
}
