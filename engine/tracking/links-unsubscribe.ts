import { EngineError } from '../kernel';

export type UnsubscribeHeaders = Record<'List-Unsubscribe' | 'List-Unsubscribe-Post', string>;

/**
 * List-Unsubscribe and List-Unsubscribe-Post for one-click unsubscribing (RFC 2369, RFC 8058). `url` takes a POST with
 * the body List-Unsubscribe=One-Click; `mailto` is a mailbox or a mailto: address for programs that only know mail.
 * Throws BAD_INPUT for an address that cannot stand in a header.
 */
export function unsubscribeHeaders(url: string, mailto?: string): UnsubscribeHeaders {
	const ways = [inBrackets(url, /^https?:\/\//i, 'an http or https address')];
	if (mailto !== undefined && mailto !== '') {
		const address = /^mailto:/i.test(mailto) ? mailto : `mailto:${mailto}`;
		ways.push(inBrackets(address, /^mailto:[^@]+@/i, 'a mail address'));
	}
	return { 'List-Unsubscribe': ways.join(', '), 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
}

function inBrackets(address: string, kind: RegExp, expected: string): string {
	if (!kind.test(address) || !/^[\x21-\x7e]+$/.test(address) || /[<>]/.test(address)) {
		throw new EngineError(
			'BAD_INPUT',
			`The unsubscribe link must be ${expected} without spaces or special characters. Check the tracking address.`,
		);
	}
	return `<${address}>`;
}
