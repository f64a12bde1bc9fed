import { redacted } from '../../redact';
import { sparesAddress } from '../../callbacks/reading';
import type { Bounce } from '../../callbacks/types';
import { saysNoSuchMailbox } from '../dead-address';
import { addressesIn, headerOf, referencesOf } from './headers';
import { readHeaders } from './mime';
import type { InboundMail, MailPart } from './types';

/** What a mail server or provider says of a mail of ours, in the standard's form. */
export type MachineReport =
	| { kind: 'bounced'; address: string | null; bounce: Bounce; reason: string; messageIds: string[] }
	| { kind: 'complained' | 'unsubscribed'; address: string | null; messageIds: string[] };

/** By subject and detail of an enhanced status code (RFC 3463). */
const CATEGORIES: ReadonlyArray<readonly [RegExp, string]> = [
	[/^\d\.1\.(1|2|3|6|10)$/, 'invalid'], [/^\d\.2\.2$/, 'mailbox-full'], [/^\d\.2\.3$|^\d\.3\.4$/, 'too-large'], [/^\d\.2\./, 'mailbox'], [/^\d\.4\./, 'unreachable'], [/^\d\.6\./, 'content'], [/^\d\.7\./, 'policy'],
];
const DELIVERY_STATUS = /^message\/(global-)?delivery-status$/;
const ORIGINAL = /^(message\/(rfc822|global)|text\/rfc822-headers|message\/global-headers)$/;

/** null: the mail is none of these. An empty list: it is, and says nothing that counts (delayed, delivered, not spam). RFC 3464 and RFC 5965. */
export async function machineReports({ parts }: Pick<InboundMail, 'parts'>): Promise<MachineReport[] | null> {
	const status = parts.find(({ type }) => DELIVERY_STATUS.test(type));
	const feedback = parts.find(({ type }) => type === 'message/feedback-report');
	if (status === undefined && feedback === undefined) return null;
	const messageIds = await originalIds(parts);
	return feedback === undefined ? await bounces(status?.text ?? '', messageIds) : await complaint(feedback.text, messageIds);
}

/** Of the mail that came back; it stands at the end of the report. */
async function originalIds(parts: readonly MailPart[]): Promise<string[]> {
	const original = parts.filter(({ type }) => ORIGINAL.test(type)).at(-1);
	if (original === undefined) return [];
	const headers = await readHeaders(original.text.split(/\r?\n\r?\n/)[0] ?? '');
	return referencesOf({ headers: [{ name: 'In-Reply-To', value: headerOf(headers, 'message-id') }] });
}

/** The first group is about the mail, each that follows about one recipient. A report that names nobody is none of a mail server's, and makes no address a dead one. */
async function bounces(text: string, messageIds: string[]): Promise<MachineReport[]> {
	const groups = await Promise.all(text.trim().split(/\r?\n[ \t]*\r?\n/).map(readHeaders));
	return groups.flatMap((group): MachineReport[] => {
		const status = /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(headerOf(group, 'status'))?.[1] ?? '';
		if (headerOf(group, 'action').toLowerCase() !== 'failed') return [];
		const said = headerOf(group, 'diagnostic-code').replace(/^[\w-]+\s*;\s*/, '');
		const address = addressesIn(headerOf(group, 'original-recipient'))[0] ?? addressesIn(headerOf(group, 'final-recipient'))[0] ?? null;
		const category = CATEGORIES.find(([pattern]) => pattern.test(status))?.[1] ?? 'undelivered';
		const reason = redacted(`${status} ${said}`.trim(), address === null ? [] : [address], []);
		return [{ kind: 'bounced', address, bounce: { type: address !== null && isDead(status, said) ? 'hard' : 'soft', category }, reason, messageIds }];
	});
}

/** By its status; a server that knows no better than 5.0.0 is read by its words, and in doubt the address lives. */
function isDead(status: string, said: string): boolean {
	if (!status.startsWith('5.') || sparesAddress(status)) return false;
	const reply = Number(/^([245]\d\d)\b/.exec(said)?.[1] ?? 550);
	return saysNoSuchMailbox(reply, `${reply} ${status} ${said.replace(/^[245]\d\d[ -]/, '').replace(/^[245]\.\d{1,3}\.\d{1,3} ?/, '')}`);
}

async function complaint(text: string, messageIds: string[]): Promise<MachineReport[]> {
	const fields = await readHeaders(text);
	const type = headerOf(fields, 'feedback-type').toLowerCase();
	const address = addressesIn(headerOf(fields, 'original-rcpt-to'))[0] ?? addressesIn(headerOf(fields, 'removal-recipient'))[0] ?? null;
	if (type === 'abuse' || type === 'fraud') return [{ kind: 'complained', address, messageIds }];
	return /^opt-out(-list)?$/.test(type) ? [{ kind: 'unsubscribed', address, messageIds }] : [];
}
