import { hashId } from '../../kernel';
import type { EmailAttachment, EmailAddress, OutgoingEmail, SendOutcome } from '../types';
import { isOneAddress } from './smtp-message';

/** Set by the service from the mail's own fields: one of the same name would contradict them or be refused. */
const RESERVED = /^(from|to|cc|bcc|sender|reply-to|subject|date|message-id|mime-version|return-path|content-.*)$/i;
const HEADER_NAME = /^[!-9;-~]+$/;

/** What no service has to be asked for: one recipient that is an address, and a sender that is one. */
export function unsendable(email: OutgoingEmail): SendOutcome | undefined {
	if (!isOneAddress(email.to)) return { kind: 'permanent', reason: 'The recipient\'s address is not a valid one.' };
	if (!isOneAddress(email.from.address)) return { kind: 'account', reason: 'The From address is not a valid email address. Correct it in the step.' };
	return undefined;
}

/** The mail's own headers, each on one line, for a service that takes them by name. */
export function customHeaders(email: OutgoingEmail): Record<string, string> {
	const kept = Object.entries(email.headers).filter(([name]) => HEADER_NAME.test(name) && !RESERVED.test(name));
	return Object.fromEntries(kept.map(([name, value]) => [name, value.replace(/\p{Cc}+/gu, ' ').trim()]));
}

/** `"The Shop" <news@shop.example>` (RFC 5322, 3.4): quoted, since a comma in a name would make it two senders. */
export function mailbox({ name, address }: EmailAddress): string {
	const plain = (name ?? '').replace(/\p{Cc}+/gu, ' ').trim();
	return plain === '' ? address : `"${plain.replace(/[\\"]/g, '\\$&')}" <${address}>`;
}

export function base64({ content }: EmailAttachment): string {
	return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
}

/** All addresses that a service's words may repeat. */
export function personalOf({ to, cc = [], bcc = [] }: OutgoingEmail): string[] {
	return [to, ...cc, ...bcc];
}

/** A field of a service's answer, when it is text. */
export function textIn(body: unknown, field: string): string | undefined {
	const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : undefined;
	return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Goes with a mail to the service and comes back with what it reports: who the mail was to, without naming them. A report about somebody in copy bears it
 * too and is not about this person.
 */
export function recipientMark(address: string): string {
	return hashId('recipient', address.trim().toLowerCase()).slice(0, 8);
}
