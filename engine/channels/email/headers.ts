/** Set by the mail's own fields or by whoever makes it; a header of the same name would contradict the envelope or break the mail apart. */
const RESERVED = /^(from|to|cc|bcc|sender|subject|date|message-id|mime-version|return-path|content-.*)$/i;

const HEADER_NAME = /^[!-9;-~]+$/;
/** RFC 5322, 2.1.1: characters of a line. */
const MAX_LINE = 998;

export interface UsableHeader {
	name: string;
	/** Without line breaks and other control characters. */
	value: string;
	/** It can go as it stands: ASCII that one line holds. Else it has to be encoded, and folded where it is long. */
	fits: boolean;
}

/** The headers of a mail that may be set, for every provider the same; no value can begin another header. */
export function usableHeaders(given: Record<string, string>): UsableHeader[] {
	return Object.entries(given)
		.filter(([name]) => HEADER_NAME.test(name) && !RESERVED.test(name))
		.map(([name, raw]) => {
			const value = raw.replace(/\p{Cc}+/gu, ' ').trim();
			return { name, value, fits: /^[\x20-\x7e]*$/.test(value) && name.length + 2 + value.length <= MAX_LINE };
		});
}
