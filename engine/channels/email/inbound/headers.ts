import type { InboundMail, MailHeader } from './types';

type Headers = readonly MailHeader[];

/** All values of a header, in their order. */
export function headersOf(headers: Headers, name: string): string[] {
	return headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value.replace(/\s+/g, ' ').trim());
}

/** The first; '' is none. */
export function headerOf(headers: Headers, name: string): string {
	return headersOf(headers, name)[0] ?? '';
}

const AROUND_ADDRESSES = /[\s<>"'(),:;[\]\\]+/;
/** An unclosed one ends with the text: each letter is looked at once, whatever a stranger has written. */
const QUOTED = /"(?:[^"\\]|\\.?)*(?:"|$)/g;

/** Whatever is an address in a list of mailboxes; names before them, which may hold an @, do not count where there are brackets. */
export function addressesIn(value: string): string[] {
	const bracketed = [...value.matchAll(/<([^<>]*)>/g)].flatMap(([, inside = '']) => plainAddresses(inside));
	return bracketed.length > 0 && !value.replace(/<[^<>]*>/g, '').includes(',') ? bracketed : [...new Set([...bracketed, ...plainAddresses(value.replace(QUOTED, ''))])];
}

function plainAddresses(text: string): string[] {
	return text.split(AROUND_ADDRESSES).flatMap((word) => {
		const [local = '', domain = ''] = word.split('@', 2);
		return local === '' || domain === '' ? [] : [`${local}@${domain}`];
	});
}

/** Without their brackets, the newest first: In-Reply-To names the mail that is answered, References all before it. */
export function referencesOf({ headers }: Pick<InboundMail, 'headers'>): string[] {
	const ids = (name: string): string[] => headersOf(headers, name).flatMap((value) => [...value.matchAll(/<([^<>\s]{3,500})>/g)].map(([, id = '']) => id));
	return [...new Set([...ids('in-reply-to'), ...ids('references').reverse()])].slice(0, MOST_REFERENCES);
}

const MOST_REFERENCES = 20;
/** In which mailboxes and services write down whom a mail was handed over for. */
const RECIPIENT_HEADERS = ['delivered-to', 'x-original-to', 'envelope-to', 'x-forwarded-to', 'to', 'cc'];
const MOST_RECIPIENTS = 50;

/** Each address that the mail came to, the envelope's first. */
export function recipientsIn({ headers, recipients }: Pick<InboundMail, 'headers' | 'recipients'>): string[] {
	return [...new Set([...recipients.flatMap(addressesIn), ...RECIPIENT_HEADERS.flatMap((name) => headersOf(headers, name).flatMap(addressesIn))])].slice(0, MOST_RECIPIENTS);
}

/** '' where a machine sends from nowhere; null: not known. */
export function returnPathOf({ headers, returnPath }: Pick<InboundMail, 'headers' | 'returnPath'>): string | null {
	if (returnPath !== null) return addressesIn(returnPath)[0] ?? '';
	const [written] = headersOf(headers, 'return-path');
	return written === undefined ? null : (addressesIn(written)[0] ?? '');
}
