import { SegmentedMessage } from 'sms-segments-calculator';

import type { SmsSegments } from './types';

/**
 * How many messages a text is on the air (3GPP TS 23.038 and 23.040): GSM-7 holds 160 characters, 153 in each of several; one character that
 * it has not makes all of it UCS-2, with 70 and 67.
 */
export function smsSegments(text: string): SmsSegments {
	const { encodingName, segmentsCount, numberOfCharacters } = new SegmentedMessage(onPhones(text));
	return { encoding: encodingName, segments: segmentsCount, characters: numberOfCharacters };
}

/** Typographic quotes, dashes, spaces and the like as GSM-7 has them: one curly apostrophe more than doubles what a text costs. */
export function smartEncoded(text: string): string {
	return new SegmentedMessage(onPhones(text), 'auto', true).graphemes.join('');
}

/** A carriage return before the line feed would be a second, invisible character. */
function onPhones(text: string): string {
	return text.replace(/\r\n?/g, '\n');
}
