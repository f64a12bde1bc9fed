import { found, SOURCES, type Found } from './finding';

/** Most phones show no more. */
const LONGEST = 70;
const MOST_EMOJI = 3;
/** Letters from which on capitals are no abbreviation any more. */
const FEWEST_CAPITALS = 8;

/** What spam filters and readers mind in a subject, as it comes out. */
export function checkSubject(subject: string): Found[] {
	const about = (source: string | null = null) => ({ field: 'subject', where: subject, source });
	const findings: Found[] = [];
	const add = (severity: Found['severity'], rule: string, source: string | null, message: string, remedy: string): number => findings.push(found(severity, rule, about(source), message, remedy));
	const letters = subject.match(/\p{L}/gu) ?? [];
	const capitals = letters.filter((letter) => letter !== letter.toLowerCase()).length;
	if (subject.trim() === '') add('error', 'empty-subject', null, 'The subject is empty for this data', 'Give what it shows a default');
	if (letters.length >= FEWEST_CAPITALS && /\s/.test(subject.trim()) && capitals / letters.length > 0.8) add('warning', 'subject-capitals', SOURCES.capitals, 'The subject is written in capitals', 'Write it as a sentence');
	if ((subject.match(/[!！]/g) ?? []).length > 1) add('warning', 'subject-exclamation', null, 'The subject has several exclamation marks', 'One is enough');
	else if (/!/.test(subject) && /\?/.test(subject)) add('warning', 'subject-exclamation', SOURCES.pling, 'The subject both asks and shouts', 'Take the exclamation mark out');
	if (/^\s*(?:re|fwd?|aw|wg|sv|vs|tr)\s*:/i.test(subject)) add('error', 'subject-deceptive', SOURCES.subject, 'The subject looks like an answer or something forwarded, which it is not', 'Take the Re: or Fwd: out');
	if (/[$€£]{2,}|\b(?:100 ?% free|act now|risk[- ]free|you(?:'ve| have)? won|winner|free money|cash bonus|viagra|no obligation)\b/i.test(subject)) add('warning', 'subject-spam-words', SOURCES.subject, 'The subject has words that spam is known for', 'Say what the mail is about');
	if ((subject.match(/\p{Extended_Pictographic}/gu) ?? []).length > MOST_EMOJI) add('hint', 'subject-emoji', null, `The subject has more than ${MOST_EMOJI} emoji`, 'One or two are enough');
	if (/(?:^|\s)(\S)(?:\s\S){4,}(?:\s|$)/u.test(subject)) add('warning', 'subject-spaced', null, 'The subject is s p a c e d out', 'Write words as words');
	if (subject.length > LONGEST) add('hint', 'subject-long', null, `The subject has ${subject.length} characters; phones show about ${LONGEST} at most`, 'Put what matters first');
	return findings;
}
