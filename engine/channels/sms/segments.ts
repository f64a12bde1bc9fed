import { SegmentedMessage } from 'sms-segments-calculator';

import type { SmsSegments } from './types';

/**
 * How many messages a text is on the air (3GPP TS 23.038 and 23.040): GSM-7 holds 160 characters, 153 in each of several; one character that
 * it has not makes all of it UCS-2, with 70 and 67.
 */
export function smsSegments(text: string): SmsSegments {
	const shown = onPhones(text);
	if (SIMPLE.test(shown)) return simpleSegments(shown);
	const { encodingName, segmentsCount, numberOfCharacters } = new SegmentedMessage(shown);
	return { encoding: encodingName, segments: segmentsCount, characters: numberOfCharacters };
}

function simpleSegments(text: string): SmsSegments {
	if (!GSM.test(text)) return { encoding: 'UCS-2', segments: text.length <= 70 ? 1 : Math.ceil(text.length / 67), characters: text.length };
	const doubled = text.match(DOUBLED)?.length ?? 0;
	return { encoding: 'GSM-7', segments: doubled === 0 ? inParts(text.length) : inPartsApart(text, text.length + doubled), characters: text.length + doubled };
}

function inParts(places: number): number {
	return places <= MOST_ALONE ? 1 : Math.ceil(places / MOST_IN_PART);
}

/** Both places of a character stand in the same part. */
function inPartsApart(text: string, places: number): number {
	if (places <= MOST_ALONE) return 1;
	let [parts, taken] = [1, 0];
	for (const character of text) {
		const own = character.search(DOUBLED) === 0 ? 2 : 1;
		if (taken + own > MOST_IN_PART) [parts, taken] = [parts + 1, 0];
		taken += own;
	}
	return parts;
}

/** Typographic quotes, dashes, spaces and the like as GSM-7 has them: one curly apostrophe more than doubles what a text costs. */
export function smartEncoded(text: string): string {
	const shown = onPhones(text);
	return GSM.test(shown) ? shown : Array.from(shown, standIn).join('');
}

const standIns = new Map<string, string>();
const MOST_STAND_INS = 10_000;

function standIn(character: string): string {
	const known = standIns.get(character);
	if (known !== undefined) return known;
	const made = new SegmentedMessage(character, 'auto', true).graphemes.join('');
	if (standIns.size < MOST_STAND_INS) standIns.set(character, made);
	return made;
}

const MOST_ALONE = 160;
const MOST_IN_PART = 153;

/** Letters and signs of GSM-7; those of its extension table take two places. */
const GSM_LETTERS = '\\n !-Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ\\[\\]\\\\^{|}~€';
/** Letters, signs and syllables of other scripts and accents, each one unit of UTF-16 that joins with none beside it (https://www.unicode.org/reports/tr29/): Latin, Greek, Cyrillic, punctuation, kana, Chinese, Korean. */
const OTHER_LETTERS = '\\u00a1-\\u00ac\\u00ae-\\u02ff\\u0386-\\u03ce\\u0400-\\u0482\\u048a-\\u0523\\u2010-\\u2027\\u2030-\\u205e\\u20a0-\\u20b9\\u3001-\\u3029\\u3041-\\u3096\\u30a0-\\u30ff\\u4e00-\\u9fff\\uac00-\\ud7a3';

const DOUBLED = /[[\]\\^{|}~€]/g;
const GSM = new RegExp(`^[${GSM_LETTERS}]*$`);
/** What needs no library, which knows the rest: it looks up each letter apart and adds up its segment for each, milliseconds a message. */
const SIMPLE = new RegExp(`^[${GSM_LETTERS}${OTHER_LETTERS}]*$`);

/** A carriage return before the line feed would be a second, invisible character. */
function onPhones(text: string): string {
	return text.replace(/\r\n?/g, '\n');
}
