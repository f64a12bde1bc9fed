import { keywordOf } from '../../sms/keywords';
import type { InboundMail } from './types';

/** From here on it is the mail that is answered, as mail programs set it off. */
const QUOTED_FROM = /^(-{2,} ?(original|urspr|message d|mensaje|messaggio|forwarded|weitergel)|_{10,}$|\*?(from|von|de|da|van|från|fra|差出人|发件人|보낸 ?사람)\s*:\*? .*@)/i;
const ATTRIBUTION = /^(on|am|le|el|il|op|em|den|på|в)\s.{0,300}(wrote|writes|schrieb|[ée]crit|escribi[óo]|ha scritto|schreef|escreveu|skrev|пишет|написал\S*)(\s.{0,200})?\s*:\s*$/i;
const ATTRIBUTION_BEGINS = /^(on|am|le|el|il|op|em|den)\s.*(\d{4}|@|\d:\d\d)/i;
const SIGNATURE = /^-- ?$/;
/** No program writes a longer one; and what strangers have written is looked at by these rules in no more than a moment. */
const LONGEST_ATTRIBUTION = 700;
/** Deeper nobody nests what they write, and a program that reads it would run out of its stack. */
const DEEPEST_HTML = 300;

/** What the person themselves wrote, without what they quote and without their signature after "-- ". */
export function ownTextOf(text: string): string {
	const own: string[] = [];
	const lines = text.replace(/\r\n?/g, '\n').split('\n');
	for (let n = 0; n < lines.length; n += 1) {
		const line = (lines[n] ?? '').trim();
		if (SIGNATURE.test(lines[n] ?? '') || QUOTED_FROM.test(line)) break;
		if (line.startsWith('>') || isAttribution(line)) continue;
		// Long ones are broken over two lines.
		if (line.length <= LONGEST_ATTRIBUTION && ATTRIBUTION_BEGINS.test(line) && isAttribution(`${line} ${(lines[n + 1] ?? '').trim()}`)) {
			n += 1;
			continue;
		}
		own.push(line);
	}
	return own.join('\n').replace(/\n{3,}/g, '\n\n').trim();
}

function isAttribution(line: string): boolean {
	return line.length <= LONGEST_ATTRIBUTION && ATTRIBUTION.test(line);
}

/** '' where it cannot be read. */
export async function textOf({ text, html, own }: InboundMail): Promise<string> {
	if (typeof own === 'string' && own.trim() !== '') return ownTextOf(own);
	if (text.trim() !== '' || html === '') return ownTextOf(text);
	const { convert } = await import('html-to-text');
	try {
		return ownTextOf(convert(html, { wordwrap: false, limits: { maxInputLength: html.length, maxDepth: DEEPEST_HTML, ellipsis: '' }, selectors: [{ selector: 'blockquote', format: 'skip' }, { selector: '.gmail_quote', format: 'skip' }, { selector: 'img', format: 'skip' }, { selector: 'a', options: { ignoreHref: true } }] }));
	} catch {
		return '';
	}
}

/** Carriers' one and two letters (T, TD) are how people sign a mail. */
const SHORTEST = 3;

/** The first line that is the person's own is a word to leave and nothing else, as in a text message (sms/keywords.ts). */
export function asksToLeave(own: string): boolean {
	const first = own.split('\n').find((line) => line !== '') ?? '';
	return first.length >= SHORTEST && keywordOf(first) === 'stop';
}
