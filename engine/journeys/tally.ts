import { sql } from 'kysely';

import { messageEvents, type StoredEvent } from '../events';
import type { Tx } from '../store';

/** What is counted of a journey by the hour: people who entered, messages sent and failed, people held, and what came back of messages. */
export type Tallied = 'entered' | 'sent' | 'failed' | 'held' | 'bounced' | 'complained' | 'unsubscribed';

/**
 * Counts within the caller's transaction. The row is appended: a counter that everybody who enters or sends has to change would be one row that
 * all of them wait for on PostgreSQL, and another lock in PROTOCOL's order.
 */
export async function tally(tx: Tx, kind: Tallied, journeys: readonly (string | null)[]): Promise<void> {
	const people = new Map<string, number>();
	for (const journey of journeys) if (journey !== null) people.set(journey, (people.get(journey) ?? 0) + 1);
	if (people.size === 0) return;
	const rows = [...people].map(([journey, count]) => ({ journey, people: count }));
	await tx.run(sql`insert into journey_tally_new (journey, at, kind, people) select r.journey, ${tx.nowMs}, cast(${kind} as text), r.people
		from ${tx.dialect.rows(rows, { journey: 'text', people: 'integer' }, 'r')}`);
}

/** The engine's own events of a message, of every channel. */
const TOLD_BY: ReadonlyMap<string, Tallied> = new Map<string, Tallied>([
	...messageEvents('bounced').map((name) => [name, 'bounced'] as const), ...messageEvents('complained').map((name) => [name, 'complained'] as const), ['Unsubscribed', 'unsubscribed'],
]);

/** Counts bounces, complaints and opt-outs by the message they are about; each once a message, and none of test people on a virtual clock. */
export async function tallyEvents(tx: Tx, events: readonly StoredEvent[]): Promise<void> {
	const mine = events.filter(({ name, message }) => message !== null && TOLD_BY.has(name));
	if (mine.length === 0) return;
	const rows = await tx.all<{ name: string; journey: string | null }>(sql<{ name: string; journey: string | null }>`select ev.name, m.journey from event ev join message m on m.id = ev.message left join enrollment e on e.id = m.enrollment
		where ${tx.dialect.anyOf(sql`ev.id`, mine.map(({ id }) => id))} and coalesce(e.time_scale, 1) = 1
		and not exists (select 1 from event old where old.profile = ev.profile and old.name = ev.name and old.message = ev.message and old.event_no < ev.event_no)`);
	for (const kind of new Set(TOLD_BY.values())) await tally(tx, kind, rows.filter(({ name }) => TOLD_BY.get(name) === kind).map(({ journey }) => journey));
}
