import { sql } from 'kysely';

import { suppressIn, type Consent, type ConsentChange, type SuppressionRow } from '../consent';
import { isChannel } from '../kernel';
import type { AuditEntry } from '../privacy';
import type { Tx } from '../store';
import { happenedAt } from './events';
import { isAddressed, type About } from './find';

/** Writing to a keyword's number is how people say yes there, whichever way they had said no. */
const ANSWERED_CHANNELS: ReadonlySet<string> = new Set(['sms', 'whatsapp']);

/** Hard bounces and complaints take the address off every list; only one that is somebody's here: strangers' are not kept. */
export async function suppressTold(tx: Tx, found: readonly About[], audit: (tx: Tx, entry: AuditEntry) => Promise<void>): Promise<void> {
	const rows = found.flatMap(({ report, channel, address, profile }): SuppressionRow[] => {
		const reason = report.kind === 'complained' ? 'complaint' : report.kind === 'bounced' && report.bounce?.type === 'hard' ? 'hard-bounce' : null;
		return reason === null || address === null || !isChannel(channel) ? [] : [{ channel, address, reason, source: report.provider, profile: isAddressed(channel) ? null : profile }];
	});
	const added = await suppressIn(tx, rows);
	if (added > 0) await audit(tx, { action: 'suppression.add', who: rows[0]?.source ?? '', count: added });
}

/**
 * Opt-outs take the whole channel, since the service sends to nobody who left it there. A way back is heard only where it is the newest word: in the channel it was
 * said in, after an opt-out that was said before it; of mails, only after one that the same service had told of.
 */
export async function changeConsent(tx: Tx, consent: Pick<Consent, 'setIn'>, found: readonly About[], isLate: (about: About) => boolean): Promise<void> {
	const asked = found.filter(({ report: { kind }, profile, channel }) => profile !== null && isChannel(channel) && (kind === 'unsubscribed' || kind === 'resubscribed'));
	if (asked.length === 0) return;
	const back = await mayComeBack(tx, asked);
	for (const late of [true, false]) {
		const changes = asked.filter((about) => isLate(about) === late).flatMap((about): ConsentChange[] => {
			const { report, channel, profile, message } = about;
			if (profile === null || (report.kind === 'resubscribed' && !back.has(about))) return [];
			return [{
				profile, channel, topic: report.ofTopic === true ? (message?.topic ?? '') : '', state: report.kind === 'resubscribed' ? 'subscribed' : 'unsubscribed', source: report.provider, givenAtMs: happenedAt(report, tx.nowMs),
				...(message === null ? {} : { seen: { message: message.id } }),
			}];
		});
		if (changes.length > 0) await consent.setIn(tx, changes, { historical: late });
	}
}

async function mayComeBack(tx: Tx, asked: readonly About[]): Promise<Set<About>> {
	const back = asked.filter(({ report }) => report.kind === 'resubscribed');
	if (back.length === 0) return new Set();
	const rows = await tx.all(sql<{ profile: number; channel: string; state: string; source: string; changed_at: number }>`select profile, channel, state, source, changed_at from consent
		where topic = '' and ${tx.dialect.anyOf(sql.ref('profile'), [...new Set(back.flatMap(({ profile }) => profile ?? []))])}`);
	return new Set(back.filter((about) => {
		const { report, channel, profile } = about;
		const at = happenedAt(report, tx.nowMs);
		const outNow = rows.find((row) => row.profile === profile && row.channel === channel);
		const outHere = asked.filter((other) => other.report.kind === 'unsubscribed' && other.profile === profile && other.channel === channel);
		if (outHere.some((other) => happenedAt(other.report, tx.nowMs) > at)) return false;
		if (outHere.length > 0) return true;
		return outNow?.state === 'unsubscribed' && Number(outNow.changed_at) <= at && (ANSWERED_CHANNELS.has(channel) || outNow.source === report.provider);
	}));
}
