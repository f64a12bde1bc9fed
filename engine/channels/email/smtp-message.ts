import type { SendMailOptions } from 'nodemailer';

import type { EmailAttachment, OutgoingEmail } from '../types';
import { usableHeaders } from './headers';
import { asciiDomain, recipientsOf } from './recipients';

type Headers = Record<string, { prepared: boolean; value: string }>;

/** For nodemailer to build; to whom it goes stands in the envelope. */
export function smtpMessage(email: OutgoingEmail): SendMailOptions {
	const { to, cc } = recipientsOf(email);
	return {
		from: { name: email.from.name ?? '', address: email.from.address },
		to: { name: '', address: to },
		...(cc.length === 0 ? {} : { cc: cc.map((address) => ({ name: '', address })) }),
		...(email.replyTo ? { replyTo: email.replyTo } : {}),
		messageId: messageId(email),
		subject: email.subject,
		text: email.text,
		html: email.html,
		headers: headers(email.headers),
		...(email.attachments?.length ? { attachments: email.attachments.map(attachment) } : {}),
		disableFileAccess: true,
		disableUrlAccess: true,
	};
}

/** The engine's id at the sender's domain: what a bounce or a reply refers to. */
export function messageId(email: OutgoingEmail): string {
	const domain = asciiDomain(email.from.address).split('@').at(-1) ?? '';
	return `<${email.id.replace(/[^A-Za-z0-9._-]/g, '')}@${/^[\x21-\x7e]+$/.test(domain) ? domain : 'localhost'}>`;
}

/** Some services tell it with its angle brackets, some without, and some now this way and now that. */
export function bareMessageId(id: string): string {
	return id.replace(/^<|>$/g, '');
}

/**
 * `prepared` keeps nodemailer from folding: a List-Unsubscribe over two lines fails DKIM at servers that sign with
 * simple canonicalisation or fold anew (nodemailer #1654). Only what one line cannot hold is encoded and folded.
 */
function headers(given: Record<string, string>): Headers {
	return Object.fromEntries(usableHeaders(given).map(({ name, value, fits }) => [name, { prepared: fits, value }]));
}

/** Bytes only: nodemailer would also take a path or a URL and fetch it. */
function attachment({ fileName, contentType, content, contentId }: EmailAttachment): NonNullable<SendMailOptions['attachments']>[number] {
	return {
		filename: fileName.replace(/\p{Cc}+/gu, ' '), content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
		// A type that is none would begin a header of its own.
		contentType: /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w.-]+)*$/.test(contentType) ? contentType : 'application/octet-stream',
		...(contentId === undefined ? { contentDisposition: 'attachment' } : { contentDisposition: 'inline', cid: contentId.replace(/[<>\s\p{Cc}]/gu, '') }),
	};
}
