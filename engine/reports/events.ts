import { sql } from 'kysely';

import { messageEvent, type MessageNews } from '../events';
import type { TrackingMessage } from '../events/types';
import { hashId, type JsonObject } from '../kernel';
import { cleanText } from '../profiles';
import type { Tx } from '../store';
import type { About, ReportedMessage } from './find';
import type { SignedReport } from './types';

/** Where the events come from; no write key may be called so. */
export const SOURCE = 'delivery-report';

/** Where our own pictures and links tell theirs; opens of services share its keys, so that whichever of two pictures tells of a look first is the only one. */
const TRACKING = 'tracking';
/** In the order in which they are stored. */
export const SOURCES = [SOURCE, TRACKING] as const;

/** One event of a message, an hour and kind of visitor: our picture and that of the service are loaded by the same look. */
const SAME_LOOK_MS = 3_600_000;
/** Earlier, or later than a date can be, is a mistake of the service's. */
const EARLIEST_MS = 946_684_800_000;
const LONGEST_TEXT = 10_000;
const LONGEST_WORD = 200;
/** In place of who brought it. */
const MAIL = 'mail';

const NEWS: ReadonlySet<string> = new Set<MessageNews>(['delivered', 'opened', 'clicked', 'bounced', 'complained', 'replied', 'autoReplied', 'dismissed']);

/** A report that an event tells of. */
export interface Told {
	about: About;
	source: (typeof SOURCES)[number];
	/** As the event's row has it, with its source. */
	key: string;
	event: TrackingMessage;
}

/** When a report says that it happened, UTC milliseconds; now where it does not say. */
export function happenedAt({ atMs }: SignedReport, nowMs: number): number {
	return atMs !== null && Number.isFinite(atMs) && atMs >= EARLIEST_MS && atMs < nowMs ? Math.floor(atMs) : nowMs;
}

/** The event of a report; null: it has none, the ledger or nobody hears of it. */
export function eventOf(about: About, nowMs: number): Told | null {
	const { report, channel, message, profile } = about;
	const { kind } = report;
	const name = kind === 'unsubscribed' ? 'Unsubscribed' : kind === 'resubscribed' ? 'Resubscribed' : NEWS.has(kind) ? messageEvent(channel, kind as MessageNews) : null;
	if (profile === null || name === null || (kind === 'clicked' && report.machine === true)) return null;
	// Mails that others sent through the same account are none of ours; what says something of the address is.
	if (message === null && (kind === 'delivered' || kind === 'opened' || kind === 'clicked' || kind === 'dismissed')) return null;
	const isLook = kind === 'opened' && message !== null && report.atMs !== null;
	const source = isLook ? TRACKING : SOURCE;
	// The service's own id never in the clear: some have addresses in it. A mail may come by a service and by a mailbox, too.
	const messageId = isLook ? `open:${message.id}:${report.machine === true ? 'machine' : 'person'}:${Math.floor(happenedAt(report, nowMs) / SAME_LOOK_MS)}` : hashId('report', report.answers === undefined ? report.provider : MAIL, report.id);
	const ofMessage: JsonObject = message === null ? {} : { message: message.id, step: message.step, workflow: message.workflow, ...(message.variant === null ? {} : { variant: message.variant }) };
	return {
		about, source, key: `${source}:${messageId}`,
		event: {
			type: 'track', event: name, profileId: profile, messageId, timestamp: happenedAt(report, nowMs), properties: { ...ofMessage, channel, provider: report.provider, ...detailOf(report, message) },
			...(message === null ? {} : { message: message.id }), ...(message === null || message.enrollment === null || isOfNoRun(report) ? {} : { enrollment: message.enrollment }),
		},
	};
}

function detailOf({ kind, bounce, reason, url, machine, text, keyword, to, reply, answers, match, ofTopic }: SignedReport, message: ReportedMessage | null): JsonObject {
	switch (kind) {
		case 'bounced':
			return { type: bounce?.type ?? 'soft', category: word(bounce?.category) || 'unknown', ...(reason === undefined ? {} : { reason: word(reason) }) };
		case 'opened':
			return { machine: machine ?? false };
		case 'clicked':
			return { url: longer(url) };
		case 'replied':
			return { ...(text === undefined && answers !== undefined ? {} : { text: longer(text) }), ...(answers === undefined ? tied(match, message) : matched(match, message)), ...(keyword === undefined ? {} : { keyword }), ...(to === undefined ? {} : { to: word(to) }), ...(reply === undefined ? {} : { type: word(reply.type), ...(reply.payload === undefined ? {} : { payload: word(reply.payload) }) }) };
		case 'autoReplied':
			return matched(match, message);
		case 'unsubscribed':
			return { topic: ofTopic === true ? (message?.topic ?? '') : '', source: SOURCE };
		default:
			return {};
	}
}

/**
 * Whoever writes without saying to what may mean any of the journeys they are in: a wait for the event in any of them, an exit or a goal takes it. Waits for an answer to a
 * message, and all that asks the ledger, go by the message.
 */
function isOfNoRun({ kind, match, answers }: SignedReport): boolean {
	return kind === 'replied' && match === 'latest' && answers === undefined;
}

/** Of what is no mail. quoted: the service says which message it answers. */
function tied(match: SignedReport['match'], message: ReportedMessage | null): JsonObject {
	if (message === null) return {};
	return match === 'latest' ? { match, guess: true } : { match: 'quoted' };
}

/** latest: a guess, by whom the mail says that it is from. */
function matched(match: SignedReport['match'], message: ReportedMessage | null): JsonObject {
	return match === undefined ? {} : { match: message === null ? 'sender' : match, ...(match === 'latest' && message !== null ? { guess: true } : {}) };
}

function word(given: string | undefined): string {
	return cleanText(given ?? '').slice(0, LONGEST_WORD);
}

function longer(given: string | undefined): string {
	return cleanText(given ?? '').slice(0, LONGEST_TEXT);
}

/** Which of these were told before; the profiles are locked, so that it stays so. Answers with keys. */
export async function toldBefore(tx: Tx, told: readonly Told[]): Promise<Set<string>> {
	if (told.length === 0) return new Set();
	const rows = await tx.all(sql<{ message_id: string }>`select message_id from event where ${tx.dialect.anyOf(sql.ref('message_id'), told.map(({ key }) => key))}`);
	return new Set(rows.map(({ message_id: id }) => id));
}

/**
 * Of opens, those that our own picture or an earlier report has counted: the same kind of visitor, of the same message, less than an hour away. Answers with
 * keys. One statement.
 */
export async function openedBefore(tx: Tx, told: readonly Told[], nowMs: number): Promise<Set<string>> {
	const opens = told.filter(({ about: { report, message } }) => report.kind === 'opened' && message !== null);
	if (opens.length === 0) return new Set();
	const machine = sql<string | null>`coalesce(${tx.dialect.jsonText(sql.ref('ev.properties'), ['machine'])}, 'false')`;
	const names = [...new Set(opens.flatMap(({ event: { event } }) => event ?? []))];
	const rows = await tx.all(sql<{ message: string; occurred_at: number; machine: string }>`select ev.message, ev.occurred_at, ${machine} as machine from event ev
		where ${tx.dialect.anyOf(sql.ref('ev.profile'), [...new Set(opens.flatMap(({ about }) => about.profile ?? []))])} and ${tx.dialect.anyOf(sql.ref('ev.name'), names)}
		and ${tx.dialect.anyOf(sql.ref('ev.message'), opens.flatMap(({ about }) => about.message?.id ?? []))}`);
	const looks = rows.map((row) => ({ message: row.message, at: Number(row.occurred_at), machine: row.machine === 'true' || row.machine === '1' }));
	const counted = new Set<string>();
	for (const { about: { report, message }, key } of opens) {
		const look = { message: message?.id ?? '', at: happenedAt(report, nowMs), machine: report.machine === true };
		if (looks.some((other) => other.message === look.message && other.machine === look.machine && Math.abs(other.at - look.at) < SAME_LOOK_MS)) counted.add(key);
		else looks.push(look);
	}
	return counted;
}
