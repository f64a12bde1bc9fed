import type { DeliveryReport } from '../channels/types';
import type { TrackingMessage } from '../events/types';
import type { JsonObject } from '../kernel';

/** A request, whoever received it: n8n's webhook or the engine's own listener. */
export interface CollectorRequest {
	method: string;
	/** The route's name, the last part of the path: identify, track, batch, open, click, unsubscribe, health, ... */
	route: string;
	/** The whole path, where it is known; the browser SDK's routes have the write key in it. */
	path?: string;
	/** Address of the caller, as far as whoever received the call knows it; kept only with Settings' storeIps, and never one of a private network. */
	ip?: string;
	query: Record<string, string>;
	/** The query as it came, with its question mark, where it is known: some delivery services sign it. */
	search?: string;
	/** Lower-cased names. */
	headers: Record<string, string>;
	body: Uint8Array;
	/** What pages prove user ids with, of n8n's webhook: given by the node from its credential, never by a caller; the own listener has its own from configure(). */
	userSecret?: string;
	/** Of a delivery report through n8n's webhook: what its signature is checked with. Given by the node from its credentials, never by a caller; the own listener has its own from configure(). */
	callback?: {
		workflow: string;
		secrets: CallbackSecrets;
		/** Where n8n serves the routes, as it is reached from outside, without trailing slash; null: not known. The public address is tried first. */
		base: string | null;
	};
}

/** By provider (CALLBACK_PROVIDERS): what its signatures are checked with. */
export type CallbackSecrets = Record<string, Record<string, string | string[]>>;

export interface CollectorResponse {
	status: number;
	headers: Record<string, string>;
	body: string | Uint8Array;
}

export interface CollectorConfig {
	/** Write key -> source name. */
	writeKeys: Record<string, string>;
	/** Where links in mails point: base URL without trailing slash; `route` is appended (`<base>/click?t=…`). */
	publicUrl: string;
	/** Own listener; null: none. */
	port: number | null;
	/** Listen address of the own listener. Default 0.0.0.0. */
	host?: string;
	/** How many reverse proxies in front of the own listener add to X-Forwarded-For: the address of the visitor is counted from its end. Default 0: the header is not believed. */
	trustedProxies?: number;
	/** Workflow that serves these routes through n8n's webhook. */
	workflow: string;
	/** What its trigger emits, so that every process that takes events hands them over; no names: all of them. Null or absent: nothing. */
	emits?: { names?: string[] } | null;
	/** What a site proves user ids with to be shown these people's on-site messages (engine/onsite/proof.ts). Kept in the memory of this process only. Absent: nobody is proven. */
	userSecret?: string;
	/** Delivery reports that are taken, and what their signatures are checked with. Kept in the memory of this process only. Absent: none. */
	callbacks?: CallbackSecrets;
}

/** A message that was accepted and stored, as the trigger emits it. */
export interface CollectedEvent {
	type: TrackingMessage['type'];
	/** The event's name; 'Page Viewed' and 'Screen Viewed' for views; 'identify', 'group', 'alias' for calls that are no event. */
	event: string;
	/** The engine's own id of the person; null in a preview, which looks nobody up. */
	profileId: number | null;
	/**
	 * Whether the person has asked not to be sold or shared, as of when the event is handed out; also true when that could not be found out: what is
	 * not known must not be shared. In a preview, whether the call itself asks for it.
	 */
	doNotSell: boolean;
	/** The write key's name. */
	source: string;
	userId?: string;
	anonymousId?: string;
	messageId?: string;
	properties?: JsonObject;
	traits?: JsonObject;
	groupId?: string;
	previousId?: string;
	/** When it happened and when it arrived, ISO 8601. */
	timestamp: string;
	receivedAt: string;
}

export interface NextEvents {
	/** Events an answer, at most. */
	size: number;
	/** How long the oldest may wait for others. */
	maxWaitMs: number;
	/** Only events of these names (CollectedEvent.event). Absent or empty: all. */
	names?: string[];
}

export interface EmittedEvents {
	events: CollectedEvent[];
	/** The key of a batch that came through the database: n8n is given it too (deduplication), and emitted() is to be called when the execution has ended. null: from memory. */
	batch: string | null;
}

/** A mail that somebody's mailbox got: as it came (RFC 5322), or what was read of it. */
export type MailboxMail = { raw: Uint8Array } | { headers: Array<{ name: string; value: string }>; text: string; html: string; /** Reports of mail servers that were attached, by MIME type. */ parts: Array<{ type: string; text: string }> };

export interface MailTaken {
	/** What it is; null: nothing that counts, such as news of a delay. */
	kind: DeliveryReport['kind'] | null;
	/** unknown: of nobody and about nothing that is known here, or it proves nothing. */
	outcome: 'taken' | 'repeated' | 'unknown' | 'unreadable';
}

export interface CollectorApi {
	/** Stores the configuration, starts or restarts the own listener in this process. Throws BAD_INPUT when the port is taken. */
	configure(config: CollectorConfig): Promise<{ listening: boolean; port: number | null }>;
	/** Stops the listener and forgets the route of this workflow. */
	remove(workflow: string): Promise<void>;
	handle(request: CollectorRequest): Promise<CollectorResponse>;
	/** What nextEvents() would give for this call, stored nowhere; none when it is no call of events, or nothing of it can be read. */
	preview(request: CollectorRequest): Promise<CollectedEvent[]>;
	/**
	 * Accepted events of the workflow's own write keys, after they are stored: waits until there are `size` or the oldest has waited
	 * `maxWaitMs`; an empty list after a second without any. Kept from the first call on, in memory, until leaveEvents(); a repeat of a
	 * message is not given again. What another process received comes through the database, where configure() was told that the workflow emits. At most 50,000
	 * and about 64 MB are kept of either; what comes beyond is stored but not given, and logged.
	 */
	nextEvents(workflow: string, options: NextEvents): Promise<EmittedEvents>;
	/** The execution that was started with this batch has ended, however it ended. */
	emitted(workflow: string, batch: string): Promise<void>;
	/** Answers to mails of ours and what mail servers report, at most 1,000. Throws BAD_INPUT; what was recorded before another error stays, and is told once. */
	takeMails(mails: MailboxMail[]): Promise<MailTaken[]>;
	/** Nothing is kept in memory for the workflow any more; a waiting nextEvents() answers with none. Answers with what was not fetched yet. */
	leaveEvents(workflow: string): Promise<CollectedEvent[]>;
}
