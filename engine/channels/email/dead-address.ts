/**
 * Enhanced status codes (RFC 3463 and IANA's registry) that say that this mailbox or its domain is not there, or takes nothing for good:
 * 5.1.1 no such mailbox, 5.1.2 no such system, 5.1.3 no address at all, 5.1.6 moved without a forwarding address, 5.1.10 a null MX record.
 * Not 5.2.1 (disabled): services say it of mailboxes that are only paused or over a rate. Not 5.1.0, which says nothing.
 */
const DEAD_STATUS = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10']);

/** 550 no such mailbox or no access to it, 551 not local, 553 name not allowed (RFC 5321, 4.2.3): also used for policy, so the words decide. */
const WORDED_REPLIES = new Set([550, 551, 553]);

const NO_SUCH_MAILBOX = new RegExp([
	'\\b(unknown|invalid|no such|nonexistent|non-existent|undeliverable) (local )?(user|recipient|mailbox|address|account|person)\\b',
	'\\b(user|recipient|mailbox|address|account|alias)( \\S+)?( is| was)? (unknown|invalid|nonexistent|non-existent|not known|not found)\\b',
	'\\b(user|recipient|mailbox|address|account)( \\S+)? (does not|doesn[\'’]t) exist\\b',
	'\\bno (mailbox|user|account|one|such address|such mailbox)( here)?( by| with| of) that name\\b',
	'\\bunknown in (virtual|local|relay) (mailbox|alias|recipient) table\\b',
	'\\bno mailbox here\\b',
].join('|'), 'i');

/** Words of the sender or of the server's own trouble: "sender address invalid", "recipient invalid: blocked by policy". */
const SAYS_OTHERWISE = /\b(sender|from address|relay\w*|polic(y|ies)|spam\w*|block(ed|list\w*)|blacklist\w*|reputation|spf|dkim|dmarc|quota|full|over limit|too large|size|rate|greylist\w*|temporar\w*|authenticat\w*|reverse dns|ptr|helo|denied by)\b/i;

/**
 * Whether a reply to RCPT TO says that nobody is at this address, so that it can go onto the suppression list as a hard bounce. Never for
 * policy, spam, relaying, size or a full mailbox: an address that works is lost for ever by it. In doubt it is not dead.
 *
 * @param reply - the three digits; anything but a 5xx is never dead
 * @param text - the whole reply, such as '550 5.1.1 <ann@shop.example>: user unknown'; the recipient's own words in it are not read
 */
export function saysNoSuchMailbox(reply: number | undefined, text: string): boolean {
	if (reply === undefined || reply < 500) return false;
	// An address may be called policy@ or spam@; what stands in it says nothing. From the beginnings of words alone: what strangers have written is read once, however long a word is.
	const words = text.replace(/(?<![^\s<>])[^\s<>]+@[^\s<>]+/g, '').replace(/[<>"':]/g, ' ').replace(/\s+/g, ' ');
	if (SAYS_OTHERWISE.test(words)) return false;
	const status = enhancedStatus(text);
	// 5.7.x and others have said what it is; 5.0.0 and 5.5.0 are what servers say that know no better.
	if (status !== null && !/^5\.(0\.0|1\.0|5\.0)$/.test(status)) return DEAD_STATUS.has(status);
	return WORDED_REPLIES.has(reply) && NO_SUCH_MAILBOX.test(words);
}

/** RFC 2034: the status code behind the reply's digits; null where a server gives none. */
export function enhancedStatus(response: string | undefined): string | null {
	return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1] ?? null;
}
