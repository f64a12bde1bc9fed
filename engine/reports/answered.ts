import { sql } from 'kysely';

import { normaliseAddress } from '../consent';
import type { IdentityOptions } from '../profiles';
import type { SettingsValues } from '../settings/types';
import type { Tx } from '../store';
import { readReplyAddress } from '../tracking';
import type { About } from './find';
import type { SignedReport } from './types';

/*
 * Which message a mail that came in is about. Anybody can write a mail in anybody's name, so From proves nothing: what does is the address that was signed for the message,
 * or the Message-ID that only those know who have it. Without either it is at most somebody's answer (the setting `mailReplies`), and never changes consent, the
 * suppression list or what the ledger says of a delivery.
 */

const DAY_MS = 24 * 3_600_000;
/** Our own Message-IDs begin with the message's id (channels/email/smtp-message.ts). */
const OWN_ID = /^([\w-]{22})@/;

type Found = { message: string; match: 'address' | 'messageId' };

/** Gives each report of a mail its message. What proves nothing and is nobody's answer is left out. Two statements for any number. */
export async function findAnswered(tx: Tx, reports: readonly SignedReport[], secret: Uint8Array, { mailReplies }: Pick<SettingsValues, 'mailReplies'>, options: IdentityOptions): Promise<SignedReport[]> {
	const mails = reports.filter(({ answers }) => answers !== undefined);
	if (mails.length === 0) return [...reports];
	const proved = await provedOf(tx, mails, secret);
	const guessed = mailReplies.unmatched === 'latest' ? await latestOf(tx, mails.filter((mail) => !proved.has(mail)), mailReplies.days, options) : new Map<SignedReport, string>();
	return reports.flatMap((report): SignedReport[] => {
		if (report.answers === undefined) return [report];
		const found = proved.get(report);
		if (found !== undefined) return [{ ...report, ...found }];
		if (!report.answers.byPerson || mailReplies.unmatched === 'none') return [];
		const guess = guessed.get(report);
		return [{ ...asAnswer(report), ...(guess === undefined ? { match: 'sender' } : { message: guess, match: 'latest' }) }];
	});
}

/** A word to leave in an unproven mail is somebody's answer, for staff to read. */
function asAnswer(report: SignedReport): SignedReport {
	return report.kind === 'unsubscribed' ? { ...report, kind: 'replied', id: `${report.id}:answer` } : report;
}

/** What counts of what was found: all that is proven, and of people's mails at least that they wrote. */
export function whatCounts(found: readonly About[], values: Pick<SettingsValues, 'mailReplies'>): About[] {
	return found.flatMap((about) => {
		if (isProven(about, values)) return [about];
		const { report, message } = about;
		return report.answers?.byPerson === true && message === null && values.mailReplies.unmatched !== 'none' ? [{ ...about, report: asAnswer(report) }] : [];
	});
}

/** Of a mail whose From is somebody else's: it is theirs, and proves nothing. */
function isProven({ report: { answers, kind, match }, message, profile }: About, { mailReplies }: Pick<SettingsValues, 'mailReplies'>): boolean {
	if (answers === undefined) return true;
	if (kind === 'replied' || kind === 'autoReplied') return message !== null || mailReplies.unmatched !== 'none';
	return (match === 'address' || match === 'messageId') && message !== null && profile === message.profile;
}

async function provedOf(tx: Tx, mails: readonly SignedReport[], secret: Uint8Array): Promise<Map<SignedReport, Found>> {
	const signed = new Map(mails.map((mail) => [mail, (mail.answers?.recipients ?? []).flatMap((address) => readReplyAddress(address, secret) ?? [])[0]]));
	const ids = mails.flatMap((mail) => [signed.get(mail) ?? [], (mail.answers?.messageIds ?? []).flatMap((id) => OWN_ID.exec(id)?.[1] ?? [])].flat());
	const providerIds = mails.flatMap(({ answers }) => (answers?.messageIds ?? []).flatMap(providerIdsOf));
	const { anyOf } = tx.dialect;
	const rows = await tx.all(sql<{ id: string; provider_id: string | null }>`select id, provider_id from message where ${anyOf(sql.ref('id'), [...new Set(ids)])} and channel = 'email'
		union all select id, provider_id from message where provider_id > '' and provider <> 'smtp' and ${anyOf(sql.ref('provider_id'), [...new Set(providerIds)])} and channel = 'email'`);
	const byId = new Map(rows.map(({ id }) => [id, id]));
	const owned = rows.flatMap(({ id, provider_id: own }) => (own === null ? [] : [[own, id] as const]));
	// An id that several have is that of none.
	const byProviderId = new Map(owned.filter(([own, id]) => owned.every((other) => other[0] !== own || other[1] === id)));
	return new Map(mails.flatMap((mail): Array<[SignedReport, Found]> => {
		const address = byId.get(signed.get(mail) ?? '');
		if (address !== undefined) return [[mail, { message: address, match: 'address' }]];
		const [named] = (mail.answers?.messageIds ?? []).flatMap((id) => byId.get(OWN_ID.exec(id)?.[1] ?? '') ?? providerIdsOf(id).flatMap((own) => byProviderId.get(own) ?? [])[0] ?? []);
		return named === undefined ? [] : [[mail, { message: named, match: 'messageId' }]];
	}));
}

/** Services make the Message-ID of their own id and a domain of theirs (Postmark, SES, SendGrid), or their id is the whole (Mailgun, Brevo). */
function providerIdsOf(id: string): string[] {
	return [id, id.slice(0, Math.max(id.lastIndexOf('@'), 0))].filter((one) => one !== '');
}

/** Per mail the newest one that was sent to whose address it comes from, within so many days. */
async function latestOf(tx: Tx, mails: readonly SignedReport[], days: number, options: IdentityOptions): Promise<Map<SignedReport, string>> {
	const froms = new Map(mails.flatMap((mail) => {
		const found = mail.address === null || mail.answers?.byPerson !== true ? null : normaliseAddress('email', mail.address, options);
		return found !== null && 'address' in found ? [[mail, found.address] as const] : [];
	}));
	if (froms.size === 0) return new Map();
	const rows = await tx.all(sql<{ value: string; message: string | null }>`select i.value, (select m.id from message m where m.profile = i.profile and m.channel = 'email' and m.state in ('sent', 'unknown') and m.attempted_at > ${tx.nowMs - days * DAY_MS}
			order by m.attempted_at desc, m.id limit 1) as message
		from identity i where i.kind = 'email' and ${tx.dialect.anyOf(sql.ref('i.value'), [...new Set(froms.values())])}`);
	const byAddress = new Map(rows.flatMap(({ value, message }) => (message === null ? [] : [[value, message] as const])));
	return new Map([...froms].flatMap(([mail, address]) => (byAddress.has(address) ? [[mail, byAddress.get(address) ?? ''] as const] : [])));
}
