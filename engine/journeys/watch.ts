import { sql, type RawBuilder } from 'kysely';

import { eventMatchSql } from '../events';
import type { EventMatch } from '../events/types';
import { canonicalJson, hashId } from '../kernel';
import { lastEventNoSql } from '../profiles';
import type { Reader, Tx } from '../store';
import { beginAtOutcome, brought } from './other-half';

/** An awaited event is stored once per distinct match; tokens point to it, so one statement serves all who await the same. */
export async function storeWatch(tx: Tx, match: EventMatch): Promise<string> {
	const id = hashId('watch', canonicalJson(match));
	await tx.run(sql`insert into watch (id, event, rule) values (${id}, ${match.event}, ${tx.dialect.json(match)}) on conflict (id) do nothing`);
	return id;
}

export async function loadWatches(reader: Reader, ids: string[]): Promise<Array<{ id: string; match: EventMatch }>> {
	const rows = await reader.all<{ id: string; rule: EventMatch | string }>(
		sql<{ id: string; rule: EventMatch | string }>`select id, rule from watch where ${reader.dialect.anyOf(sql`id`, ids)}`,
	);
	return rows.map((row) => ({ id: row.id, match: fromJsonColumn<EventMatch>(row.rule) }));
}

/** JSON columns come as text on SQLite and as values on PostgreSQL. */
export function fromJsonColumn<Value>(value: Value | string): Value {
	return typeof value === 'string' ? (JSON.parse(value) as Value) : value;
}

/**
 * PROTOCOL 17: a token that has just been parked to await an event looks back over events above the parent's since_no.
 * The first match decides; events recorded by hand in the editor (historical 2) are none. Engagement events count only for the enrollment that caused them.
 */
export async function lookBack(tx: Tx, match: EventMatch, tokens: readonly string[]): Promise<number> {
	return await lookBackFrom(tx, match, tokens, sql`ev.event_no > token.watch_from`);
}

/**
 * The same for those to whose person another half came by a merge during the leg (other-half.ts): of the events it brought those count
 * that arrived after the leg had begun. Then they look at what comes from now on, since the numbers of before are in no order.
 */
export async function lookBackAtHalves(tx: Tx, match: EventMatch, tokens: readonly string[]): Promise<number> {
	if (tokens.length === 0) return 0;
	const met = await lookBackFrom(tx, match, tokens, sql`case when ${brought} then ev.received_at > token.watch_at else ev.event_no > token.watch_from end`);
	await tx.run(sql`update token set watch_from = (select ${lastEventNoSql('p')} from profile p where p.id = token.profile) where ${tx.dialect.anyOf(sql`id`, tokens)} and outcome is null`);
	await beginAtOutcome(tx, tokens);
	return met;
}

async function lookBackFrom(tx: Tx, match: EventMatch, tokens: readonly string[], since: RawBuilder<unknown>): Promise<number> {
	if (tokens.length === 0) return 0;
	const candidate = sql`from event ev join enrollment e on e.id = token.enrollment
		where ev.profile = token.profile and ev.name = token.watch_name and ${since} and ev.historical < 2
		and ev.occurred_at >= e.started_at and (ev.enrollment is null or ev.enrollment = token.enrollment)
		and ${eventMatchSql(tx.dialect, match, 'ev')}`;
	return await tx.run(sql`update token set outcome = 'event', due_at = ${tx.nowMs},
		outcome_event = (select ev.id ${candidate} order by ev.event_no limit 1)
		where ${tx.dialect.anyOf(sql`id`, tokens)} and state = 'parked' and outcome is null and exists (select 1 ${candidate})`);
}
