import { sql } from 'kysely';

import { iso, type JsonObject } from '../kernel';
import { preferencesOf } from '../preferences';
import type { Reader } from '../store';

/** What else is known of a person: wishes, and where they belong. Of these an import takes the wishes; the rest follows from rules, or is for reading. */
export interface Facts {
	maxPerWeek: number | null;
	/** ISO 8601. */
	pausedUntil: string | null;
	/** Keys. */
	groups: string[];
	/** Names. */
	lists: string[];
	segments: string[];
	stage: string | null;
	scores: JsonObject[];
}

export function noFacts(): Facts {
	return { maxPerWeek: null, pausedUntil: null, groups: [], lists: [], segments: [], stage: null, scores: [] };
}

/** Scores of people as of now, by model: scores' to know. */
export type ScoresOf = (reader: Reader, profiles: readonly number[]) => Promise<ReadonlyMap<number, ReadonlyArray<{ model: string; value: number; grade: string; bucket: string }>>>;

/** Facts of each of these people; four statements for any number, and those of the scores. */
export async function factsOf(reader: Reader, scoresOf: ScoresOf, ids: readonly number[]): Promise<Map<number, Facts>> {
	const facts = new Map(ids.map((id) => [id, noFacts()]));
	const mine = (column: string) => reader.dialect.anyOf(sql.ref(column), ids);
	for (const [profile, { max_per_week: maxPerWeek, paused_until: until }] of await preferencesOf(reader, ids)) {
		Object.assign(facts.get(profile) ?? {}, { maxPerWeek, pausedUntil: iso(until) });
	}
	for (const { profile, key } of await reader.all(sql<{ profile: number; key: string }>`select m.profile, a.key from account_member m join account a on a.id = m.account where ${mine('m.profile')} order by a.key`)) {
		facts.get(profile)?.groups.push(key);
	}
	const members = sql<{ profile: number; kind: string; name: string }>`select m.profile, s.kind, s.name from segment s cross join segment_member m where m.segment = s.id and s.kind <> 'gone' and ${mine('m.profile')} order by s.name`;
	for (const { profile, kind, name } of await reader.all(members)) facts.get(profile)?.[kind === 'list' ? 'lists' : 'segments'].push(name);
	for (const { profile, stage } of await reader.all(sql<{ profile: number; stage: string }>`select profile, stage from stage where ${mine('profile')}`)) Object.assign(facts.get(profile) ?? {}, { stage });
	for (const [profile, scores] of await scoresOf(reader, ids)) facts.get(profile)?.scores.push(...scores.map(({ model, value, grade, bucket }) => ({ model, value, grade, bucket })));
	return facts;
}
