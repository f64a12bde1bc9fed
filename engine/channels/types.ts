/**
 * One contract for every delivery service: name, send, verify. A provider knows no store and no journey.
 */
export interface OutgoingEmail {
	/** The engine's message id; used for Message-ID and as the idempotency key where there is one. */
	id: string;
	to: string;
	from: { name?: string; address: string };
	replyTo?: string;
	subject: string;
	html: string;
	text: string;
	headers: Record<string, string>;
}

export type SendOutcome =
	| { kind: 'accepted'; providerId: string }
	/** This recipient will never work (bad address, rejected): the message is failed. */
	| { kind: 'permanent'; reason: string }
	/** Certainly not sent; may work later. */
	| { kind: 'transient'; reason: string; retryAfterMs?: number }
	/** The account or server is wrong for everyone (bad password, unknown host). Certainly not sent. */
	| { kind: 'account'; reason: string }
	/** It may or may not have left (the connection broke after DATA). */
	| { kind: 'ambiguous'; reason: string };

export interface EmailProvider {
	readonly name: string;
	/** Never throws: every failure is sorted into an outcome. Personal data and secrets stay out of reasons. */
	send(email: OutgoingEmail): Promise<SendOutcome>;
	/** Connects and authenticates; throws PROVIDER_FAILED with what to do. */
	verify(): Promise<void>;
	close(): Promise<void>;
}

/** Plain data that crosses the thread; the provider is made from it and cached by its hash. */
export interface SmtpConfig {
	kind: 'smtp';
	host: string;
	port: number;
	/** true: TLS from the start (465); false: STARTTLS when offered. */
	secure: boolean;
	/** Refuse to send in the clear. */
	requireTls: boolean;
	user?: string;
	password?: string;
	/** Parallel connections. Default 5. */
	connections?: number;
	/** Accept self-signed certificates. Default false. */
	allowSelfSigned?: boolean;
	/** Time a send may take. Default 60,000. */
	timeoutMs?: number;
}

export type ProviderConfig = SmtpConfig;
