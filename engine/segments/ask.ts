import { sql, type RawBuilder } from 'kysely';

import { currentProfiles, storedObject } from '../profiles';
import type { Reader, Store } from '../store';
import type { Asked } from './event-sql';
import { storedRule } from './known-segments';
import { checkReferences } from './references';
import { checkRule } from './rule';
import { holdsSql } from './rule-sql';
import { sentenceOf } from './sentence';
import { totalsFor, type AskTotals, type PeopleAsked } from './totals';
import type { RuleSource, SegmentPreview, SegmentRule } from './types';
import { unknownName } from './view';

/** Profile ids a statement of a count; others want to get a word in between: on SQLite a statement holds up the engine's thread. */
const SLICE = 50_000;
/** With totals of scores, which are worked out here one by one. */
const SCORED_SLICE = 5_000;

/** The rule that is asked by. A saved segment answers by its rule, so a person is right here even while it is being built. Throws NOT_FOUND, RULE_INVALID. */
export async function ruleBy(reader: Reader, by: RuleSource, inJourney = false): Promise<SegmentRule> {
	if ('rule' in by) {
		await checkReferences(reader, checkRule(by.rule, { inJourney }));
		return by.rule;
	}
	const row = await reader.first(sql<{ rule: unknown; kind: string }>`select rule, kind from segment where name = ${by.name} and kind <> 'gone'`);
	if (row === undefined) throw unknownName(by.name, 'segment');
	return row.kind === 'list' ? { list: by.name } : storedRule(row.rule);
}

/**
 * Whether the rule holds for a row of `profile` under this alias, now; nobody but these people may be asked. While any segment is being
 * built, or with `byRules`, those it asks for are asked by their rules as well.
 */
export async function holdsNow(reader: Reader, ask: AskTotals, rule: SegmentRule, alias: string, people: PeopleAsked, enrollment?: Asked['enrollment'], byRules = false): Promise<RawBuilder<boolean>> {
	const rules = [{ rule, reach: checkRule(rule, { inJourney: true }) }];
	const building = rules.some(({ reach }) => reach.segments.size > 0) && (byRules || (await reader.first(sql`select 1 as one from segment_build limit 1`)) !== undefined);
	const rows = building ? await reader.all(sql<{ name: string; rule: unknown }>`select name, rule from segment where kind = 'rule'`) : [];
	const unfinished = new Map(rows.map((row) => [row.name, storedRule(row.rule)]));
	const asked = new Set<string>();
	// Grows while it is gone through: the segments that a segment asks for.
	for (const { reach } of rules) {
		for (const name of reach.segments) {
			const other = unfinished.get(name);
			if (other === undefined || asked.has(name)) continue;
			asked.add(name);
			rules.push({ rule: other, reach: checkRule(other) });
		}
	}
	const totals = await totalsFor(ask, reader, rules, people, 'ask');
	return holdsSql({ dialect: reader.dialect, nowMs: reader.nowMs, alias, totals, ...(enrollment === undefined ? {} : { enrollment }), ...(building ? { unfinished } : {}) }, rule);
}

/** Which of these profiles are in, in the order of ids; ids that were merged into another profile answer for that one. */
export async function evaluateIn(reader: Reader, ask: AskTotals, by: RuleSource, profiles: readonly number[]): Promise<number[]> {
	const rule = await ruleBy(reader, by);
	if (profiles.length === 0) return [];
	const current = await currentProfiles(reader, profiles);
	const people = [...new Set(current.values())];
	const rows = await reader.all(
		sql<{ id: number }>`select p.id from profile p where ${reader.dialect.anyOf(sql.ref('p.id'), people)} and ${await holdsNow(reader, ask, rule, 'p', people)}`,
	);
	const inside = new Set(rows.map((row) => row.id));
	return [...new Set(profiles)].filter((id) => inside.has(current.get(id) ?? id)).sort((a, b) => a - b);
}

/**
 * Which of these profiles the caller's own transaction may let in, by what it has made of them so far: memberships follow its changes only
 * later, so segments that the rule asks for are asked by their rules. The profiles are locked. Throws NOT_FOUND, RULE_INVALID.
 */
export async function evaluateChanging(reader: Reader, ask: AskTotals, by: RuleSource, profiles: readonly number[]): Promise<Set<number>> {
	const rule = await ruleBy(reader, by);
	const holds = await holdsNow(reader, ask, rule, 'p', profiles, undefined, true);
	const rows = await reader.all(sql<{ id: number }>`select p.id from profile p where ${reader.dialect.anyOf(sql.ref('p.id'), profiles)} and ${holds}`);
	return new Set(rows.map(({ id }) => id));
}

/** In or out, in the order given, where "since enrollment" means something. */
export async function evaluateEnrolled(reader: Reader, ask: AskTotals, by: RuleSource, people: ReadonlyArray<{ profile: number; enrollment: number }>): Promise<boolean[]> {
	const rule = await ruleBy(reader, by, true);
	if (people.length === 0) return [];
	const rows = people.map(({ profile, enrollment }, n) => ({ n, profile, enrollment }));
	const enrollment = { startedAt: sql<number>`e.started_at`, id: sql<number>`e.id` };
	// The enrollment's own profile: a merge moves it, and items keep the id they were made with.
	const asked = sql`${reader.dialect.rows(rows, { n: 'integer', profile: 'integer', enrollment: 'integer' }, 'r')}
			left join enrollment e on e.id = r.enrollment join profile p on p.id = coalesce(e.profile, r.profile)`;
	const profiles = await reader.all(sql<{ id: number }>`select distinct p.id from ${asked}`);
	const inside = await reader.all(sql<{ n: number }>`select r.n from ${asked} where ${await holdsNow(reader, ask, rule, 'p', profiles.map(({ id }) => id), enrollment)}`);
	const members = new Set(inside.map((row) => row.n));
	return people.map((_person, n) => members.has(n));
}

export interface AskDeps {
	store: Store;
	totals: AskTotals;
}

/** Of a saved segment or list: its members. Of a rule: everybody is looked at, in slices. */
export async function countBy(deps: AskDeps, by: RuleSource): Promise<number> {
	if ('rule' in by) return (await census(deps, by.rule, 0)).count;
	return deps.store.read(async (reader) => {
		const row = await reader.first(sql<{ n: number }>`select (select count(*) from segment_member m where m.segment = s.id) as n from segment s where s.name = ${by.name} and s.kind <> 'gone'`);
		if (row === undefined) throw unknownName(by.name, 'segment');
		return row.n;
	});
}

export async function previewBy(deps: AskDeps, by: RuleSource, sample: number): Promise<SegmentPreview> {
	const rule = await deps.store.read((reader) => ruleBy(reader, by));
	const members = 'name' in by && !('list' in rule) ? { segment: by.name } : rule;
	return { ...(await census(deps, members, sample)), sentence: sentenceOf(rule) };
}

/** Everybody who belongs, in slices of ids: a read of its own each, so that nobody waits for all of them. Who changes meanwhile may be seen as before or as after. Throws NOT_FOUND, RULE_INVALID. */
export async function* peopleBy({ store, totals }: AskDeps, by: RuleSource): AsyncGenerator<number[]> {
	const { rule, last } = await store.read(async (reader) => {
		const own = await ruleBy(reader, by);
		const [row] = await reader.all<{ last: number | null }>(sql<{ last: number | null }>`select max(id) as last from profile`);
		return { rule: 'name' in by && !('list' in own) ? { segment: by.name } : own, last: Number(row?.last ?? 0) };
	});
	const size = checkRule(rule).scores.size > 0 ? SCORED_SLICE : SLICE;
	for (let from = 1; from <= last; from += size) {
		const people = { from, to: from + size - 1 };
		const rows = await store.read(async (reader) => await reader.all<{ id: number }>(sql<{ id: number }>`select p.id from profile p where p.id between ${people.from} and ${people.to} and ${await holdsNow(reader, totals, rule, 'p', people)} order by p.id`));
		yield rows.map(({ id }) => Number(id));
	}
}

interface Drawn {
	id: number;
	place: number;
	attributes: unknown;
}

/** How many, and some of them in an order that has nothing to do with when somebody came. */
async function census({ store, totals }: AskDeps, rule: SegmentRule, sample: number): Promise<Pick<SegmentPreview, 'count' | 'sample'>> {
	const last = await store.read(async (reader) => {
		await ruleBy(reader, { rule });
		return (await reader.first(sql<{ last: number | null }>`select max(id) as last from profile`))?.last ?? 0;
	});
	const size = checkRule(rule).scores.size > 0 ? SCORED_SLICE : SLICE;
	let count = 0;
	let drawn: Drawn[] = [];
	for (let from = 1; from <= last; from += size) {
		await store.read(async (reader) => {
			const people = { from, to: from + size - 1 };
			const who = sql<boolean>`p.id between ${people.from} and ${people.to}`;
			const holds = await holdsNow(reader, totals, rule, 'p', people);
			count += (await reader.first(sql<{ n: number }>`select count(*) as n from profile p where ${who} and ${holds}`))?.n ?? 0;
			if (sample === 0) return;
			// Only who would take the place of somebody drawn already is looked at.
			const before = drawn.length < sample ? Number.MAX_SAFE_INTEGER : (drawn.at(-1)?.place ?? 0);
			const place = sql`((p.id % 2147483647) * 48271 % 2147483647)`;
			drawn = [...drawn, ...(await reader.all(
				sql<Drawn>`select p.id, ${place} as place, p.attributes from profile p where ${who} and ${place} < ${before} and ${holds} order by place limit ${sql.lit(sample)}`,
			))].sort((a, b) => a.place - b.place).slice(0, sample);
		});
		await new Promise((resolve) => setImmediate(resolve));
	}
	return { count, sample: drawn.map(({ id, attributes }) => ({ profile: id, attributes: storedObject(attributes) })) };
}
