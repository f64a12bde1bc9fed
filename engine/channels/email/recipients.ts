import { domainToASCII } from 'node:url';

import { hashId } from '../../kernel';
import type { OutgoingEmail, SendOutcome } from '../types';

/** Names that every service allows. */
const MESSAGE = 'journeys_message';
const RECIPIENT = 'journeys_recipient';

const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u;

/** One mailbox and nothing else: a comma would make it two recipients, a line break a command. */
export function isOneAddress(address: string): boolean {
	return address.length <= 320 && ADDRESS.test(address);
}

/** Why this mail cannot be given to any service, before one is asked; null: it can. */
export function unsendable(email: OutgoingEmail): Exclude<SendOutcome, { kind: 'accepted' }> | null {
	if (!isOneAddress(email.to)) return { kind: 'permanent', reason: 'The recipient\'s address is not a valid one.' };
	if (!isOneAddress(email.from.address)) return { kind: 'account', reason: 'The From address is not a valid email address. Correct it in the step.' };
	if (email.replyTo && !isOneAddress(email.replyTo)) return { kind: 'account', reason: 'The Reply To address is not a valid email address. Correct it in the step.' };
	if (![...(email.cc ?? []), ...(email.bcc ?? [])].every(isOneAddress)) return { kind: 'permanent', reason: 'An address in CC or BCC is not a valid one. Correct it in the step.' };
	return null;
}

/** Each address once: services refuse a mail that names one twice, and nobody wants it twice. Domains in ASCII. */
export function recipientsOf(email: OutgoingEmail): { to: string; cc: string[]; bcc: string[] } {
	const seen = new Set<string>();
	const once = (addresses: readonly string[]): string[] =>
		addresses.map(asciiDomain).filter((address) => !seen.has(address.toLowerCase()) && seen.add(address.toLowerCase()));
	return { to: once([email.to])[0] ?? email.to, cc: once(email.cc ?? []), bcc: once(email.bcc ?? []) };
}

/** Whether others than the person get this mail: what a service says of all its recipients is then no word about the person's address. */
export function hasCopies(email: OutgoingEmail): boolean {
	const { cc, bcc } = recipientsOf(email);
	return cc.length + bcc.length > 0;
}

/** What must not stand in a reason. */
export const personalOf = (email: OutgoingEmail): string[] => [email.to, ...(email.cc ?? []), ...(email.bcc ?? [])];

const ASCII = /^[\x21-\x7e]*$/;

/** RFC 3492: no service takes other letters there. The part before the @ stays as it is. */
export function asciiDomain(address: string): string {
	if (ASCII.test(address)) return address;
	const at = address.lastIndexOf('@');
	return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1)) || address.slice(at + 1)}`;
}

/** Goes with a mail to the service and comes back with what it reports: whom the mail was to, without naming them. */
export function recipientMark(address: string): string {
	return hashId('recipient', asciiDomain(address.trim()).toLowerCase()).slice(0, 8);
}

/** What the service is given besides the mail, as tags, arguments or variables; its callbacks give it back. */
export function marksOf(email: OutgoingEmail): Record<string, string> {
	return { [MESSAGE]: email.id, [RECIPIENT]: recipientMark(email.to) };
}

/** The engine's message id of a report; null also where it is about somebody in copy, who is not the person of the message. */
export function messageOfMarks(marks: Record<string, unknown>, address: string | null): { message: string | null; isCopy: boolean } {
	const mark = marks[RECIPIENT];
	const isCopy = typeof mark === 'string' && address !== null && mark !== recipientMark(address);
	const id = marks[MESSAGE];
	return { message: typeof id === 'string' && id !== '' && !isCopy ? id : null, isCopy };
}
