import { hashId } from '../../../kernel';
import { dateMs } from '../../callbacks/reading';
import type { DeliveryReport } from '../../callbacks/types';
import { isAutomatic } from './automatic';
import { addressesIn, headerOf, recipientsIn, referencesOf } from './headers';
import { machineReports } from './machine-report';
import { asksToLeave, textOf } from './own-text';
import type { InboundMail } from './types';

/** As the mailto: of our List-Unsubscribe has it. */
const UNSUBSCRIBE_SUBJECT = /^unsubscribe$/i;

/**
 * What a mail that came in tells: an answer of the person, a word to leave, the answer of a machine, or a report of a mail server (bounce, complaint). Of which
 * message it is the reports domain finds out, by `answers`: a mail itself proves nothing, anybody can write any From. Never throws.
 */
export async function mailReports(mail: InboundMail): Promise<DeliveryReport[]> {
	const { headers } = mail;
	const answers = { messageIds: referencesOf(mail), recipients: recipientsIn(mail), byPerson: true };
	const base = { message: null, providerId: null, atMs: dateMs(headerOf(headers, 'date')) };
	const id = idOf(mail);
	const told = await machineReports(mail);
	if (told !== null) {
		return told.map(({ messageIds, ...one }, n) => ({ ...base, ...one, id: `${id}:${n}`, answers: { messageIds: [...new Set([...messageIds, ...answers.messageIds])], recipients: [], byPerson: false } }));
	}
	const address = addressesIn(headerOf(headers, 'from'))[0] ?? null;
	const report = { ...base, address, id, answers };
	// A clock that is years behind must not make an opt-out older than the consent that it takes back.
	// An id of its own: whoever saw only the headers of this mail took it for an answer.
	const leaves = { ...report, kind: 'unsubscribed' as const, atMs: null, id: `${id}:leaves` };
	// Mail programs send it by themselves when somebody presses their button, some with the mark of a machine.
	if (UNSUBSCRIBE_SUBJECT.test(headerOf(headers, 'subject'))) return [{ ...leaves, ofTopic: true }];
	if (isAutomatic(mail)) return [{ ...report, kind: 'autoReplied' }];
	const text = await textOf(mail);
	return asksToLeave(text) ? [leaves] : [{ ...report, kind: 'replied', text, ...toOf(answers.recipients) }];
}

/** Without what is signed in it: whoever reads the event must not be able to answer for the person. */
function toOf([first]: readonly string[]): { to?: string } {
	return first === undefined ? {} : { to: first.replace(/\+[^@]*@/, '@') };
}

/** The mail's own, whichever way it came to us and however often. */
function idOf(mail: InboundMail): string {
	const written = /<([^<>\s]+)>/.exec(headerOf(mail.headers, 'message-id'))?.[1];
	if (written !== undefined) return `mail:${written}`;
	if (mail.fallbackId !== '') return `mail:${mail.fallbackId}`;
	return `mail:${hashId('mail', ...['from', 'date', 'subject'].map((name) => headerOf(mail.headers, name)), mail.text, mail.html)}`;
}
