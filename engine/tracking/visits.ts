import { sql } from 'kysely';

import { messageEvent } from '../events';
import type { TrackingMessage } from '../events/types';
import { lockFound } from '../profiles';
import type { Store, Tx } from '../store';
import { judge, LONGEST_WAIT_MS, QUIET_MS, type Visit, type Visitor } from './visitor';

/** Messages judged in one transaction. */
const BATCH = 200;
const HOUR_MS = 3_600_000;

/** What somebody, or something, did with a message a moment ago. */
export interface NewVisit {
	message: string;
	kind: Visit['kind'];
	/** Of a click: which link of the mail, from 0, and its address. */
	link?: number;
	url?: string;
	visitor: Visitor;
}

interface VisitRow {
	message: string;
	kind: Visit['kind'];
	link: number | null;
	url: string | null;
	visitor: Visitor;
	at: number;
}

/** A message whose visits are judged now. */
interface MessageRow {
	id: string;
	profile: number;
	enrollment: number | null;
	workflow: string | null;
	step: string;
	channel: string;
	state: string;
	variant: string | null;
	attempted_at: number | null;
}

export async function noteVisit(store: Store, visit: NewVisit): Promise<void> {
	await store.tx('note-visit', (tx) => tx.run(sql`insert into visit (message, kind, link, url, visitor, at)
		select id, ${visit.kind}, ${visit.link ?? null}, ${visit.url ?? null}, ${visit.visitor}, ${tx.nowMs} from message where id = ${visit.message}`));
}

interface VisitParts {
	store: Store;
	/** Stores events, tells journeys, segments and scores, in the caller's transaction. */
	ingest(tx: Tx, events: TrackingMessage[]): Promise<void>;
	/** After the ledger has it, in the same transaction. `sent`: messages that are sent by it and may still be opened by a person. */
	tellSegments(tx: Tx, profiles: readonly number[], sent: readonly string[]): Promise<void>;
	tally(tx: Tx, kind: 'sent', journeys: ReadonlyArray<string | null>): Promise<void>;
}

/** Turns the visits of messages that were left alone for some seconds into events and counts, each at its own time. Answers with the number of messages; fewer than asked for: none is left. */
export async function settleVisits({ store, ingest, tellSegments, tally }: VisitParts): Promise<number> {
	return await store.tx('settle-visits', async (tx) => {
		const due = (await tx.all<{ message: string }>(sql<{ message: string }>`select message from visit group by message
			having max(at) <= ${tx.nowMs - QUIET_MS} or min(at) <= ${tx.nowMs - LONGEST_WAIT_MS} order by min(at), message limit ${BATCH}`)).map(({ message }) => message);
		if (due.length === 0) return 0;
		const messages = await lockedMessages(tx, due);
		// Whoever comes second on PostgreSQL finds them gone. Those of an erased person's message are dropped with the rest.
		const visits = await tx.all<VisitRow & { id: number }>(sql<VisitRow & { id: number }>`delete from visit where ${tx.dialect.anyOf(sql`message`, due)} returning id, message, kind, link, url, visitor, at`);
		visits.sort((a, b) => a.at - b.at || a.id - b.id);
		const found = messages.flatMap((message) => {
			const mine = visits.filter((visit) => visit.message === message.id);
			return mine.length === 0 ? [] : [{ message, visits: judged(mine, message) }];
		});
		await ingest(tx, found.flatMap(eventsOf));
		const sent = await count(tx, found, tally);
		await tellSegments(tx, [...new Set(found.map(({ message }) => message.profile))], sent);
		return due.length;
	});
}

export const VISIT_BATCH = BATCH;

/** With their profiles locked (PROTOCOL rule 3), as they are under the lock; without those that are gone or belong to nobody. */
async function lockedMessages(tx: Tx, ids: readonly string[]): Promise<MessageRow[]> {
	let rows: MessageRow[] = [];
	await lockFound(tx, async () => {
		rows = await tx.all<MessageRow>(sql<MessageRow>`select m.id, m.profile, m.enrollment, m.workflow, m.step, m.channel, m.state, m.variant, m.attempted_at from message m join profile p on p.id = m.profile
			where ${tx.dialect.anyOf(sql.ref('m.id'), ids)} order by m.id`);
		return rows.map(({ profile }) => profile);
	});
	return rows;
}

type Judged = VisitRow & { verdict: Visitor };
type Found = { message: MessageRow; visits: Judged[] };

function judged(rows: readonly VisitRow[], { attempted_at }: MessageRow): Judged[] {
	const verdicts = judge(rows.map((row) => ({ kind: row.kind, target: row.kind === 'click' ? `link ${row.link ?? ''}` : row.kind, visitor: row.visitor, atMs: row.at })), attempted_at);
	return rows.map((row, n) => ({ ...row, verdict: verdicts[n] ?? row.visitor }));
}

/** Of events of messages whose sender has variants. */
export function ofVariant({ variant }: { variant: string | null }): { variant?: string } {
	return variant === null ? {} : { variant };
}

/** A machine's click is only counted: as an event it would send the person down a branch they did not choose. */
function eventsOf({ message, visits }: Found): TrackingMessage[] {
	return visits.flatMap((visit): TrackingMessage[] => {
		const event = visit.kind === 'page' ? null : messageEvent(message.channel, visit.kind === 'click' ? 'clicked' : 'opened');
		if (event === null || (visit.kind === 'click' && visit.verdict !== 'person')) return [];
		const machine = visit.verdict !== 'person';
		const about = { message: message.id, step: message.step, workflow: message.workflow, ...ofVariant(message) };
		const base = { type: 'track' as const, profileId: message.profile, message: message.id, timestamp: visit.at, ...(message.enrollment === null ? {} : { enrollment: message.enrollment }) };
		if (visit.kind === 'click') return [{ ...base, event, properties: { ...about, url: visit.url } }];
		// One event a message, an hour and kind of visitor: mail programs load the picture at every look, and a proxy's early look must not hide the person's.
		return [{ ...base, event, properties: { ...about, machine }, messageId: `open:${message.id}:${machine ? 'machine' : 'person'}:${Math.floor(visit.at / HOUR_MS)}` }];
	});
}

/**
 * Who clicks has opened, whether or not the mail program showed pictures. What is looked at has arrived, whoever looks: late evidence (PROTOCOL 15), as a service's
 * report is (reports/ledger.ts); of a bare mail server it is the only one. Left alone is an attempt under way, whose end asks for it. Answers with the messages that are sent by it and that no person has opened.
 */
async function count(tx: Tx, found: readonly Found[], tally: VisitParts['tally']): Promise<string[]> {
	const rows = found.map(({ message, visits }) => {
		const times = (kind: Visit['kind']) => visits.flatMap((visit) => (visit.kind === kind && visit.verdict === 'person' ? [visit.at] : []));
		const machines = (kind: Visit['kind']) => visits.filter((visit) => visit.kind === kind && visit.verdict === 'machine').length;
		const [opens, clicks] = [times('open'), times('click')];
		const seen = [...opens, ...clicks];
		return {
			id: message.id, opens: opens.length, clicks: clicks.length, machine_opens: machines('open'), machine_clicks: machines('click'),
			first_seen: first(seen), last_seen: last(seen), first_click: first(clicks), last_click: last(clicks),
		};
	});
	if (rows.length === 0) return [];
	const late = new Set(found.filter(isLateEvidence).map(({ message }) => message.id));
	const isLate = tx.dialect.anyOf(sql`message.id`, [...late]);
	const given = tx.dialect.rows(rows, { id: 'text', opens: 'integer', clicks: 'integer', machine_opens: 'integer', machine_clicks: 'integer', first_seen: 'integer', last_seen: 'integer', first_click: 'integer', last_click: 'integer' }, 'r');
	const written = await tx.all(sql<{ id: string; journey: string | null; opened_at: number | null; time_scale: number }>`update message set
		state = case when ${isLate} then 'sent' else message.state end, guard = case when ${isLate} then null else message.guard end, reason = case when ${isLate} then null else message.reason end,
		deferred_until = case when ${isLate} then null else message.deferred_until end, ended_at = case when ${isLate} then coalesce(message.ended_at, ${tx.nowMs}) else message.ended_at end,
		opens = case when message.opens + r.opens = 0 and r.clicks > 0 then 1 else message.opens + r.opens end, opened_at = coalesce(opened_at, r.first_seen), last_opened_at = coalesce(r.last_seen, last_opened_at),
		clicks = message.clicks + r.clicks, clicked_at = coalesce(clicked_at, r.first_click), last_clicked_at = coalesce(r.last_click, last_clicked_at),
		machine_opens = message.machine_opens + r.machine_opens, machine_clicks = message.machine_clicks + r.machine_clicks
		from ${given} where message.id = r.id returning message.id, message.journey, message.opened_at, coalesce((select e.time_scale from enrollment e where e.id = message.enrollment), 1) as time_scale`);
	const sent = written.filter(({ id }) => late.has(id));
	await tally(tx, 'sent', sent.filter((row) => Number(row.time_scale) === 1).map(({ journey }) => journey));
	return sent.filter(({ opened_at }) => opened_at === null).map(({ id }) => id);
}

function isLateEvidence({ message: { state, attempted_at }, visits }: Found): boolean {
	return attempted_at !== null && state !== 'sent' && state !== 'attempting' && visits.some(({ kind }) => kind !== 'page');
}

function first(times: readonly number[]): number | null {
	return times.length === 0 ? null : Math.min(...times);
}

function last(times: readonly number[]): number | null {
	return times.length === 0 ? null : Math.max(...times);
}
