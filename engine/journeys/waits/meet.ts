import { sql, type RawBuilder } from 'kysely';

import { canonicalJson, hashId } from '../../kernel';
import type { Tx } from '../../store';
import { wakePlaces } from '../place';
import { fromJsonColumn } from '../watch';
import type { Happening } from './check';
import { happenedAtSql, happenedSql, since, type Counts } from './happened';
import { cameLate } from './late';

/** Beside the awaited events: one row for each distinct rule, so that one statement serves all who await the same. */
export async function storeRule(tx: Tx, rule: object): Promise<string> {
	const id = hashId('wait', canonicalJson(rule));
	await tx.run(sql`insert into watch (id, event, rule) values (${id}, '', ${tx.dialect.json(rule)}) on conflict (id) do nothing`);
	return id;
}

export async function loadRules<Rule>(tx: Tx, ids: readonly string[]): Promise<Map<string, Rule>> {
	if (ids.length === 0) return new Map();
	const rows = await tx.all(sql<{ id: string; rule: Rule | string }>`select id, rule from watch where ${tx.dialect.anyOf(sql`id`, [...new Set(ids)])}`);
	return new Map(rows.map((row) => [row.id, fromJsonColumn<Rule>(row.rule)]));
}

const WAITING = sql`token.state = 'parked' and token.outcome is null`;

/**
 * PROTOCOL 17: those who have just been parked look back to where their leg began; what is so already ends their wait as well, where that was asked.
 * By time, since these changes have no numbers: what ended the last wait, or made the person enter, bears the very instant of the beginning and counts
 * only when it is something else. Where a change has ended the wait their next leg begins at it, as at an event: else a loop on the canvas would find it again and again. Where it
 * was so before, the next leg begins where this one did, for they did not wait.
 */
export async function lookBackAtHappening(tx: Tx, happening: Happening, tokens: readonly string[]): Promise<number> {
	if (tokens.length === 0) return 0;
	const began = sql`(select coalesce(p.leg_at, p.parked_at) from token p where p.id = token.parent)`;
	const from = sql`(select coalesce(p.leg_at, p.parked_at) + case
			when p.outcome = 'event' and p.awaits_rule = token.awaits_rule and p.awaits_key = token.awaits_key then 1
			when p.parent is null and j.entry_kind = token.awaits then 1 else 0 end
		from token p join journey j on j.id = p.journey where p.id = token.parent)`;
	const counts: Counts = tx.dialect.name === 'sqlite' ? since(from) : (at) => sql<boolean>`(${since(from)(at)} or ${cameLate(at)})`;
	const at = sql`coalesce(${happenedAtSql(tx, happening, counts)}, 0)`;
	return await tx.run(sql`update token set outcome = 'event', due_at = ${tx.nowMs}, since_no = watch_from, leg_at = case when ${at} > ${began} then ${at} else ${began} end
		where ${tx.dialect.anyOf(sql`id`, tokens)} and ${WAITING} and ${happenedSql(tx, happening, counts)}`);
}

/** PROTOCOL 16: somebody has entered or left segments just now; only where the outcome is open. Statements follow the number of different waits. */
export async function segmentsMoved(tx: Tx, moved: ReadonlyArray<{ segment: number; profile: number }>, change: 'entered' | 'left'): Promise<void> {
	if (moved.length === 0) return;
	const perSegment = new Map<number, number[]>();
	for (const { segment, profile } of moved) perSegment.set(segment, [...(perSegment.get(segment) ?? []), profile]);
	const awaited = await tx.all(sql<{ awaits_key: string; awaits_rule: string }>`select distinct awaits_key, awaits_rule from token
		where ${tx.dialect.anyOf(sql`profile`, [...new Set(moved.map(({ profile }) => profile))])} and awaits = 'segment' and ${tx.dialect.anyOf(sql`awaits_key`, [...perSegment.keys()].map(String))} and ${WAITING}`);
	const rules = await loadRules<Happening>(tx, awaited.map((row) => row.awaits_rule));
	for (const { awaits_rule: id } of awaited) {
		const rule = rules.get(id);
		if (rule?.kind === 'segment' && rule.change === change) await meet(tx, id, tx.dialect.anyOf(sql`token.profile`, perSegment.get(rule.segment) ?? []));
	}
}

/** Something changed about these people's consent or messages, or (`kinds` all) they became one of several: whoever has what they await goes on. */
export async function meetHappenings(tx: Tx, profiles: readonly number[], kinds: ReadonlyArray<Happening['kind']>, instant: RawBuilder<unknown>): Promise<void> {
	if (profiles.length === 0 || kinds.length === 0) return;
	const theirs = sql`${tx.dialect.anyOf(sql`token.profile`, profiles)} and ${tx.dialect.anyOf(sql`token.awaits`, kinds)}`;
	const awaited = await tx.all(sql<{ awaits_rule: string }>`select distinct awaits_rule from token where ${theirs} and ${WAITING}`);
	for (const [id, rule] of await loadRules<Happening>(tx, awaited.map((row) => row.awaits_rule))) await meet(tx, id, sql`${theirs} and ${happenedSql(tx, rule, since(instant))}`);
}

/**
 * "awaits is not null" for SQLite, which would not see that the rule implies it, and read all tokens in place of the index.
 * The next leg begins here: at the newest event from before this transaction, rather one too many than one missed. Not at the claim, which may come after
 * something that the next wait is for.
 */
async function meet(tx: Tx, id: string, where: RawBuilder<unknown>): Promise<void> {
	const met = await tx.all(sql<{ place: string }>`update token set outcome = 'event', due_at = ${tx.nowMs}, leg_at = ${tx.nowMs},
			since_no = coalesce((select ev.event_no from event ev where ev.profile = token.profile and ev.event_no > token.watch_from and ev.received_at < ${tx.nowMs} order by ev.event_no desc limit 1), watch_from)
		where token.awaits is not null and token.awaits_rule = ${id} and ${WAITING} and ${where} returning token.place`);
	await wakePlaces(tx, met);
}
