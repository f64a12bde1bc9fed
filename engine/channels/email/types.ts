import type { Provider } from '../types';
import type { PostmarkConfig } from './postmark';

export type { PostmarkConfig } from './postmark';

export interface EmailAddress {
	name?: string;
	address: string;
}

export interface EmailAttachment {
	/** As the recipient sees it. */
	fileName: string;
	/** MIME type, such as application/pdf. */
	contentType: string;
	content: Uint8Array;
	/** Of an image inside the mail: the part after `cid:` in the HTML. Absent: a file to save. */
	contentId?: string;
}

export interface OutgoingEmail {
	/** The engine's message id; used for Message-ID, as the idempotency key where there is one, and given back by status callbacks. */
	id: string;
	to: string;
	from: EmailAddress;
	replyTo?: string;
	cc?: string[];
	bcc?: string[];
	subject: string;
	html: string;
	text: string;
	/** Set as they are; a header that the mail's own fields set is left out. */
	headers: Record<string, string>;
	attachments?: EmailAttachment[];
}

export type EmailProvider = Provider<OutgoingEmail>;

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

export type EmailConfig =
	| SmtpConfig
	| PostmarkConfig;
