import { sql, type RawBuilder } from 'kysely';

import type { Dialect, Reader } from '../store';
import type { RuleReach } from './rule';
import type { SegmentRule } from './types';

/** Profile ids, or everybody from one id to another, both included. */
export type PeopleAsked = readonly number[] | { from: number; to: number };

/** Model -> profile -> total of now, for those whose stored total is another. */
export type TotalsOfNow = ReadonlyMap<string, ReadonlyMap<number, number>>;

/**
 * Stored totals are rewritten where they reach what a saved rule compares them with, not at every hundredth that they lose: any other
 * comparison needs the totals of now, which are scores' to know. 'ask': somebody wants to know, or a rule is worked in. 'follow': people
 * are moved because something happened to them; what only a changed model makes of somebody waits for the model's build, which starts no journey.
 */
export type AskTotals = (reader: Reader, rules: readonly SegmentRule[], people: PeopleAsked, occasion: 'ask' | 'follow') => Promise<TotalsOfNow>;

const NONE: TotalsOfNow = new Map();

/** For segments without scores. */
export const noTotals: AskTotals = () => Promise.resolve(NONE);

/** As `ask`, without a statement when none of the rules asks for a score. */
export async function totalsFor(ask: AskTotals, reader: Reader, rules: ReadonlyArray<{ rule: SegmentRule; reach: RuleReach }>, people: PeopleAsked, occasion: 'ask' | 'follow'): Promise<TotalsOfNow> {
	const asking = rules.filter(({ reach }) => reach.scores.size > 0).map(({ rule }) => rule);
	return asking.length === 0 ? NONE : ask(reader, asking, people, occasion);
}

/** A comparison of stored totals, put right for those whose total is another one by now. */
export function correctedSql(dialect: Dialect, id: RawBuilder<unknown>, stored: RawBuilder<boolean>, totals: ReadonlyMap<number, number> | undefined, holds: (total: number) => boolean): RawBuilder<boolean> {
	const inside: number[] = [];
	const outside: number[] = [];
	for (const [profile, total] of totals ?? []) (holds(total) ? inside : outside).push(profile);
	if (inside.length === 0 && outside.length === 0) return stored;
	const known = [
		...(inside.length === 0 ? [] : [sql`when ${dialect.anyOf(id, inside)} then true`]),
		...(outside.length === 0 ? [] : [sql`when ${dialect.anyOf(id, outside)} then false`]),
	];
	return sql<boolean>`(case ${sql.join(known, sql` `)} else ${stored} end)`;
}
