import { sql, type RawBuilder } from 'kysely';

import { currentProfiles } from '../profiles';
import type { Reader } from '../store';
import { holdsNow, ruleBy } from './ask';
import type { AskTotals } from './totals';
import type { RuleSource, SegmentRule } from './types';

/** Somebody who is asked for. `profile` null: nobody is known; `enrollment` null: not in a journey, so that "since enrollment" counts nothing. */
export interface Asker {
	profile: number | null;
	enrollment: number | null;
	/** For each rule that is null (the caller's own question): the caller's answer. */
	given: readonly boolean[];
}

/**
 * Of rules in order, the first that holds for each person: its place, or -1. Behind the rules that the caller has answered itself, those of
 * the language are asked in one statement, whose `case` looks no further than the first that holds. Throws NOT_FOUND, RULE_INVALID.
 */
export async function firstMatch(reader: Reader, ask: AskTotals, rules: ReadonlyArray<RuleSource | null>, people: readonly Asker[]): Promise<number[]> {
	const own = new Map<number, number>();
	for (const [place, rule] of rules.entries()) if (rule === null) own.set(place, own.size);
	const read: Array<SegmentRule | null> = [];
	for (const rule of rules) read.push(rule === null ? null : await ruleBy(reader, rule, true));
	if (people.length === 0 || rules.length === 0) return people.map(() => -1);
	const current = await currentProfiles(reader, people.flatMap(({ profile }) => (profile === null ? [] : [profile])));
	const rows = people.map(({ profile, enrollment, given }, n) => ({
		n, profile: profile === null ? null : (current.get(profile) ?? profile), enrollment,
		...Object.fromEntries([...own.values()].map((place) => [`g${place}`, given[place] === true ? 1 : 0])),
	}));
	const columns = { n: 'integer', profile: 'integer', enrollment: 'integer', ...Object.fromEntries([...own.values()].map((place) => [`g${place}`, 'integer' as const])) } as const;
	// The enrollment's own profile: a merge moves it, and items keep the id they were made with.
	const asked = sql`${reader.dialect.rows(rows, columns, 'r')} left join enrollment e on e.id = r.enrollment left join profile p on p.id = coalesce(e.profile, r.profile)`;
	const profiles = await reader.all(sql<{ id: number }>`select distinct p.id from ${asked} where p.id is not null`);
	const enrollment = { startedAt: sql<number>`e.started_at`, id: sql<number>`e.id` };
	const cases: Array<RawBuilder<unknown>> = [];
	for (const [place, rule] of read.entries()) {
		const holds = rule === null
			? sql<boolean>`${sql.ref(`r.g${own.get(place) ?? 0}`)} = 1`
			: sql<boolean>`p.id is not null and ${await holdsNow(reader, ask, rule, 'p', profiles.map(({ id }) => id), enrollment)}`;
		cases.push(sql`when ${holds} then ${sql.lit(place)}`);
	}
	const matches = await reader.all(sql<{ n: number; place: number }>`select r.n, case ${sql.join(cases, sql` `)} else -1 end as place from ${asked}`);
	const places = new Map(matches.map(({ n, place }) => [n, place]));
	return people.map((_person, n) => places.get(n) ?? -1);
}
