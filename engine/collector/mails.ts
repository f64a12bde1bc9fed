import { mailReports, readMime, type InboundMail } from '../channels/email';
import { EngineError } from '../kernel';
import type { Reports } from '../reports';
import type { MailboxMail, MailTaken } from './types';

/** As reports name who brought them. */
const MAILBOX = 'mailbox';
const MOST = 1_000;
/** As much as the collector takes in one call. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** Mails out of a mailbox of the operator's own, whoever fetched them, as callbacks of services that take mails in. One transaction each: what became of each is told. */
export async function takeMails(reports: Pick<Reports, 'take'>, mails: readonly MailboxMail[]): Promise<MailTaken[]> {
	if (mails.length > MOST) throw new EngineError('BAD_INPUT', `At most ${MOST} mails are taken at a time; these are ${mails.length}. Nothing was recorded.`);
	const taken: MailTaken[] = [];
	for (const mail of mails) taken.push(await takeMail(reports, mail));
	return taken;
}

async function takeMail(reports: Pick<Reports, 'take'>, mail: MailboxMail): Promise<MailTaken> {
	const read = await whole(mail);
	if (read === null) return { kind: null, outcome: 'unreadable' };
	const told = await mailReports(read);
	const [first] = told;
	if (first === undefined) return { kind: null, outcome: 'unknown' };
	const { taken, repeated } = await reports.take(told.map((report) => ({ ...report, provider: MAILBOX, channel: 'email' })));
	return { kind: first.kind, outcome: taken > 0 ? 'taken' : repeated > 0 ? 'repeated' : 'unknown' };
}

async function whole(mail: MailboxMail): Promise<InboundMail | null> {
	if ('raw' in mail) return mail.raw.byteLength > LARGEST_BYTES ? null : await readMime(mail.raw);
	const { headers, text, html, parts } = mail;
	return headers.length === 0 ? null : { headers, text, html, parts, recipients: [], returnPath: null, fallbackId: '' };
}
