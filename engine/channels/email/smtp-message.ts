import { domainToASCII } from 'node:url';

import type { Attachment, SendMailOptions } from 'nodemailer';


import type { EmailAttachment, OutgoingEmail } from '../types';

/** Set by us or by nodemailer; a header of the same name would contradict the envelope or break the mail apart. */
const RESERVED = /^(from|to|cc|bcc|sender|subject|date|message-id|mime-version|return-path|content-.*)$/i;
type Headers = Record<string, { prepared: boolean; value: string }>;

const HEADER_NAME = /^[!-9;-~]+$/;
/** RFC 5322, 2.1.1: characters of a line. */
const MAX_LINE = 998;

const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u;

/** One mailbox and nothing else: a comma would make it two recipients, a line break a command. */
export function isOneAddress(address: string): boolean {
	return address.length <= 320 && ADDRESS.test(address);
}

export function smtpMessage(email: OutgoingEmail): SendMailOptions {
	return {
		envelope: { from: email.from.address, to: [email.to] },
		...(email.cc && email.cc.length > 0 ? { cc: email.cc.map(mailbox) } : {}),
		from: { name: email.from.name ?? '', address: email.from.address },
		to: mailbox(email.to),
		...(email.replyTo ? { replyTo: email.replyTo } : {}),
		messageId: messageId(email),
		subject: email.subject,
		text: email.text,
		html: email.html,
		headers: headers(email.headers),
		...(email.attachments && email.attachments.length > 0 ? { attachments: email.attachments.map(attachment) } : {}),
		disableFileAccess: true,
		disableUrlAccess: true,
	};
}

/** Not as text: nodemailer would read a comma as two mailboxes. */
function mailbox(address: string): { name: string; address: string } {
	return { name: '', address };
}

/** Bytes only: nodemailer would also take a path or a URL and fetch it. */
function attachment({ fileName, contentType, content, contentId }: EmailAttachment): Attachment {
	return {
		filename: fileName.replace(/\p{Cc}+/gu, ' '), content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
		// A type that is none would begin a header of its own.
		contentType: /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w.-]+)*$/.test(contentType) ? contentType : 'application/octet-stream',
		...(contentId === undefined ? {} : { cid: contentId.replace(/[<>\s\p{Cc}]/gu, ''), contentDisposition: 'inline' }),
	};
}

/** The engine's id at the sender's domain: what a bounce or a reply refers to. */
export function messageId(email: OutgoingEmail): string {
	const domain = email.from.address.split('@').at(-1) ?? '';
	return `<${email.id.replace(/[^A-Za-z0-9._-]/g, '')}@${domainToASCII(domain) || 'localhost'}>`;
}

/**
 * `prepared` keeps nodemailer from folding: a List-Unsubscribe over two lines fails DKIM at servers that sign with
 * simple canonicalisation or fold anew (nodemailer #1654). Only what one line cannot hold is encoded and folded.
 */
function headers(given: Record<string, string>): Headers {
	const result: Headers = {};
	for (const [name, value] of Object.entries(given)) {
		if (!HEADER_NAME.test(name) || RESERVED.test(name)) continue;
		const oneLine = value.replace(/\p{Cc}+/gu, ' ').trim();
		const fits = /^[\x20-\x7e]*$/.test(oneLine) && name.length + 2 + oneLine.length <= MAX_LINE;
		result[name] = { prepared: fits, value: oneLine };
	}
	return result;
}
