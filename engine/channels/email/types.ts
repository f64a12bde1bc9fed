import type { Provider } from '../types';
import type { BrevoConfig } from './brevo';
import type { MailgunConfig } from './mailgun';
import type { PostmarkConfig } from './postmark';
import type { ResendConfig } from './resend';
import type { SendGridConfig } from './sendgrid';
import type { SesConfig } from './ses';
import type { SparkPostConfig } from './sparkpost';

export type { BrevoConfig } from './brevo';
export type { MailgunConfig } from './mailgun';
export type { PostmarkConfig } from './postmark';
export type { ResendConfig } from './resend';
export type { SendGridConfig } from './sendgrid';
export type { SesAccount, SesConfig } from './ses';
export type { SparkPostConfig } from './sparkpost';

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

/** RFC 6376. The public half stands in DNS at <selector>._domainkey.<domain>. */
export interface DkimKey {
	domain: string;
	selector: string;
	/** PEM of an RSA key, PKCS #1 or #8; as pasted, with its lines run together or with \\n in it, it is understood too. */
	privateKey: string;
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
	/**
	 * XOAUTH2 in place of the password. null: there is no token, since the sign-in is over and somebody has to connect anew, or since the
	 * service that renews it cannot be reached for now; then nothing is sent and nobody is asked.
	 */
	oauth?: { accessToken: string } | { accessToken: null; why: 'over' | 'unreachable' };
	/** Signs each mail here. Absent: the server signs, or nobody does. */
	dkim?: DkimKey;
	/** Parallel connections. Default 5. */
	connections?: number;
	/** Accept self-signed certificates. Default false. */
	allowSelfSigned?: boolean;
	/** Time a send may take. Default 60,000. */
	timeoutMs?: number;
}

export type EmailConfig = SmtpConfig | BrevoConfig | MailgunConfig | PostmarkConfig | ResendConfig | SendGridConfig | SesConfig | SparkPostConfig;
