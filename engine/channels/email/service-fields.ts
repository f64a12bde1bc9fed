import type { EmailAddress, EmailAttachment, OutgoingEmail } from '../types';
import { asciiDomain } from './recipients';
import { usableHeaders } from './headers';

/** The mail's own headers by name, for a service that sets Reply-To by a field of its own. */
export function headersByName(email: OutgoingEmail): Record<string, string> {
	return Object.fromEntries(usableHeaders(email.headers).filter(({ name }) => !/^reply-to$/i.test(name)).map(({ name, value }) => [name, value]));
}

/** `"The Shop" <news@shop.example>` (RFC 5322, 3.4): quoted, since a comma in a name would make it two senders. */
export function mailbox({ name, address }: EmailAddress): string {
	const plain = (name ?? '').replace(/\p{Cc}+/gu, ' ').trim();
	return plain === '' ? asciiDomain(address) : `"${plain.replace(/[\\"]/g, '\\$&')}" <${asciiDomain(address)}>`;
}

export function base64({ content }: EmailAttachment): string {
	return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
}

/** A field of a service's answer, when it is text. */
export function textIn(body: unknown, field: string): string | undefined {
	const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : undefined;
	return typeof value === 'string' && value !== '' ? value : undefined;
}
