import { sql } from 'kysely';

import { tally } from '../journeys';
import type { Tx } from '../store';
import type { About, ReportedMessage } from './find';
import { storableProviderId } from './provider-id';

/** What a batch tells of one message. */
interface News {
	message: ReportedMessage;
	delivered: boolean;
	bounced: boolean;
	complained: boolean;
	replied: boolean;
	autoReplied: boolean;
	unsubscribed: boolean;
	failed: boolean;
	opens: number;
	clicks: number;
	machineOpens: number;
	machineClicks: number;
	/** People answered it, or it came to them: so it has left; a mail that was guessed to answer it does not say so. That they left the service's list does not say so: services refuse messages for it. */
	left: boolean;
	reason: string | null;
	provider: string;
	providerId: string | null;
}

/** Messages that are sent, by what came back of them, and may still be answered. */
export interface LedgerTold {
	/** People of whose messages something has changed. */
	profiles: number[];
	sent: string[];
}

const LONGEST_REASON = 500;

/**
 * Writes what came back of messages into the ledger, one statement for any number. Times are those of the transaction, as everywhere in it: what waits for
 * a message asks what is new since then; when it happened stands in the event. Late evidence (PROTOCOL 15): whatever became of an attempt, a message that was
 * delivered, opened, clicked or complained about was sent, also one that was to be tried again; one that came back has left as well, unless the service
 * had refused it in the first place. What a service says it never sent, and of which nothing else is known, has failed. An attempt under way is left alone.
 */
export async function writeNews(tx: Tx, found: readonly About[]): Promise<LedgerTold> {
	const news = collect(found);
	if (news.length === 0) return { profiles: [], sent: [] };
	const rows = news.map(({ message, delivered, bounced, complained, replied, autoReplied, unsubscribed, failed, opens, clicks, machineOpens, machineClicks, left, reason, provider, providerId }) => ({
		id: message.id, delivered: bit(delivered), bounced: bit(bounced), complained: bit(complained), replied: bit(replied), auto_replied: bit(autoReplied), unsubscribed: bit(unsubscribed), failed: bit(failed), opens, clicks, machine_opens: machineOpens, machine_clicks: machineClicks, went: bit(left), reason, provider, provider_id: providerId,
	}));
	const shape = {
		id: 'text', delivered: 'integer', bounced: 'integer', complained: 'integer', replied: 'integer', auto_replied: 'integer', unsubscribed: 'integer', failed: 'integer', opens: 'integer', clicks: 'integer', machine_opens: 'integer', machine_clicks: 'integer', went: 'integer', reason: 'text', provider: 'text', provider_id: 'text',
	} as const;
	const now = sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
	const at = (column: string, told: string) => sql`${sql.ref(column)} = case when ${sql.ref(`r.${told}`)} > 0 then coalesce(${sql.ref(`message.${column}`)}, ${now}) else ${sql.ref(`message.${column}`)} end`;
	const isSent = sql`(message.attempted_at is not null and ((r.went = 1 and message.state in ('unknown', 'failed', 'deferred', 'reserved', 'skipped')) or (r.bounced = 1 and message.state in ('unknown', 'deferred', 'reserved'))))`;
	const isFailed = sql`(r.failed = 1 and r.went = 0 and r.bounced = 0 and message.state in ('sent', 'unknown') and message.delivered_at is null and message.opened_at is null and message.clicked_at is null and message.bounced_at is null)`;
	const written = await tx.all(sql<{ id: string; state: string }>`update message set
		${at('delivered_at', 'delivered')}, ${at('bounced_at', 'bounced')}, ${at('complained_at', 'complained')}, ${at('replied_at', 'replied')}, ${at('auto_replied_at', 'auto_replied')}, ${at('unsubscribed_at', 'unsubscribed')}, ${at('clicked_at', 'clicks')},
		opened_at = case when r.opens + r.clicks > 0 then coalesce(message.opened_at, ${now}) else message.opened_at end,
		last_opened_at = case when r.opens + r.clicks > 0 then ${now} else message.last_opened_at end,
		last_clicked_at = case when r.clicks > 0 then ${now} else message.last_clicked_at end,
		opens = case when message.opens + r.opens = 0 and r.clicks > 0 then 1 else message.opens + r.opens end, clicks = message.clicks + r.clicks,
		machine_opens = message.machine_opens + r.machine_opens, machine_clicks = message.machine_clicks + r.machine_clicks,
		state = case when ${isSent} then 'sent' when ${isFailed} then 'failed' else message.state end,
		guard = case when ${isSent} then null else message.guard end,
		reason = case when message.profile = 0 then message.reason when ${isSent} then null when ${isFailed} then r.reason else message.reason end,
		deferred_until = case when ${isSent} then null else message.deferred_until end,
		ended_at = case when ${isSent} or ${isFailed} then coalesce(message.ended_at, ${now}) else message.ended_at end,
		provider = coalesce(message.provider, r.provider), provider_id = case when message.profile = 0 then null else coalesce(message.provider_id, r.provider_id) end
		from ${tx.dialect.rows(rows, shape, 'r')} where message.id = r.id returning message.id, message.state`);
	const before = new Map(news.map((one) => [one.message.id, one]));
	const became = (state: string) => written.filter((row) => row.state === state && before.get(row.id)?.message.state !== state).flatMap(({ id }) => before.get(id) ?? []);
	const counted = (ended: readonly News[]) => ended.filter(({ message }) => message.profile !== 0 && Number(message.time_scale) === 1).map(({ message }) => message.journey);
	const sent = became('sent');
	await tally(tx, 'sent', counted(sent));
	await tally(tx, 'failed', counted(became('failed')));
	return {
		profiles: [...new Set(news.map(({ message }) => message.profile).filter((profile) => profile !== 0))],
		sent: sent.filter(({ message, opens, clicks, bounced }) => message.profile !== 0 && opens + clicks === 0 && !bounced).map(({ message }) => message.id),
	};
}

function collect(found: readonly About[]): News[] {
	const byMessage = new Map<string, News>();
	for (const { report, message } of found) {
		if (message === null) continue;
		const { kind, reason, provider, providerId } = report;
		const news = byMessage.get(message.id) ?? {
			message, delivered: false, bounced: false, complained: false, replied: false, autoReplied: false, unsubscribed: false, failed: false, opens: 0, clicks: 0, machineOpens: 0, machineClicks: 0, left: false, reason: null, provider, providerId: null,
		};
		if (kind === 'delivered' || kind === 'bounced' || kind === 'complained' || kind === 'replied' || kind === 'autoReplied' || kind === 'unsubscribed' || kind === 'failed') news[kind] = true;
		if (kind === 'opened') news[report.machine === true ? 'machineOpens' : 'opens'] += 1;
		if (kind === 'clicked') news[report.machine === true ? 'machineClicks' : 'clicks'] += 1;
		if (kind === 'delivered' || kind === 'opened' || kind === 'clicked' || kind === 'complained' || kind === 'replied' || kind === 'autoReplied' || kind === 'dismissed') news.left ||= report.match !== 'latest';
		if (kind === 'failed') news.reason = (reason ?? `${provider} did not send it`).slice(0, LONGEST_REASON);
		news.providerId ??= report.answers === undefined ? storableProviderId(providerId) : null;
		byMessage.set(message.id, news);
	}
	return [...byMessage.values()];
}

function bit(value: boolean): 0 | 1 {
	return value ? 1 : 0;
}
