export type * from './callbacks/types';
export type * from './chat/types';
export type * from './directmail/types';
export type * from './email/domain/types';
export type * from './email/types';
export type * from './push/types';
export type * from './sms/types';
export type * from './whatsapp/types';
export type * from './webpush/types';

/** What became of one message at its delivery service. `gone`: devices that take nothing any more; they are removed from the person, whatever became of the message on the others. `receipts`: by what the service is asked later what became of it. */
export type SendOutcome = Fate & { gone?: readonly string[]; receipts?: AskedLater };

export interface AskedLater {
	/** Without a trailing slash. */
	baseUrl: string;
	/** A hash of the key that it was sent with; null: none is needed. */
	account: string | null;
	/** One a device that took it. */
	tickets: ReadonlyArray<{ ticket: string; device: string }>;
}

type Fate =
	| { kind: 'accepted'; providerId: string; /** What of it did not leave, in words; the person has got theirs. */ note?: string }
	/** This message will never work (bad address, rejected): it is failed. */
	| { kind: 'permanent'; reason: string; /** The address itself takes nothing: it goes onto the suppression list as a hard bounce. */ deadAddress?: boolean; /** The person has told the service to stop: they leave the whole channel. */ optedOut?: boolean }
	/** Certainly not sent; may work later. */
	| { kind: 'transient'; reason: string; retryAfterMs?: number }
	/** The account or server is wrong for everyone (bad password, unknown host). Certainly not sent. */
	| { kind: 'account'; reason: string }
	/** It may or may not have left (the connection broke after it was handed over). */
	| { kind: 'ambiguous'; reason: string };

/** What every configuration of a provider has. Plain data that crosses the thread. */
export interface ProviderSettings {
	/** Which provider: the name of its file. */
	kind: string;
	/** Sends at the same time. Default: the provider's. */
	connections?: number;
	/** Time a send may take, in ms. Default 60,000. */
	timeoutMs?: number;
}

/** One contract for every delivery service: name, send, verify. A provider knows no store and no journey. */
export interface Provider<Message> {
	readonly name: string;
	/** Never throws: every failure is sorted into an outcome. Personal data and secrets stay out of reasons. */
	send(message: Message): Promise<SendOutcome>;
	/**
	 * Where the service takes many messages in one call: at most `size` of them, one outcome a message, in their order. Never throws.
	 * `fits`: how many of these, from the first, one call takes, at least one; absent: all.
	 */
	batch?: { readonly size: number; fits?(messages: readonly Message[]): number; send(messages: readonly Message[]): Promise<SendOutcome[]> };
	/** Connects and authenticates, sends nothing; throws PROVIDER_FAILED with what to do. */
	verify(): Promise<void>;
	close(): Promise<void>;
}
