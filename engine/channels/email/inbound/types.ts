/** One mail that came in, as a delivery service or a mailbox gives it. What is not told is empty. */
export interface InboundMail {
	/** In their order, values unfolded; names as they were written. */
	headers: readonly MailHeader[];
	/** Encoded words are decoded or not: only ASCII is looked at. */
	text: string;
	html: string;
	/** What the service itself found to be new in an answer, without what is quoted; null: it does not say. */
	own?: string | null;
	/** Of a report of a mail server or provider: its parts, in their order. Files of people are none. */
	parts: readonly MailPart[];
	/** Whom the mail was handed over for (the envelope), where that is known: those in copy and in lists do not stand in To. */
	recipients: readonly string[];
	/** The envelope's sender; '' is the null return path of a machine. null: not known. */
	returnPath: string | null;
	/** Of the service, where a mail has no Message-ID. */
	fallbackId: string;
}

export interface MailHeader {
	name: string;
	value: string;
}

export interface MailPart {
	/** MIME type in small letters. */
	type: string;
	text: string;
}

/** Parts of reports (RFC 3464, RFC 5965, RFC 3462) that are read; everything else of a mail is left where it is. */
export const REPORT_PARTS: ReadonlySet<string> = new Set(['message/delivery-status', 'message/global-delivery-status', 'message/feedback-report', 'message/disposition-notification', 'message/rfc822', 'message/global', 'text/rfc822-headers', 'message/global-headers']);

/** More of a text is no word of anybody's. */
export const LONGEST_TEXT = 200_000;
