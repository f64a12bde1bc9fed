import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { currentProfiles } from '../profiles';
import type { Reader } from '../store';
import type { KnownModel } from './book';
import { readFacts, type PersonFacts } from './facts';
import { bucketOf, gradeOf } from './levels';
import { nextLook, sumsAt } from './score-people';
import type { ScoreExplanation, ScoreView, ScoredPerson } from './types';
import { findPeople } from './whose';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Scores as of now, read-only, under the ids asked for, also those of profiles that were merged into others; at most three statements. */
export async function viewScores(reader: Reader, model: KnownModel, profiles: readonly number[]): Promise<ScoreView[]> {
	const current = await currentProfiles(reader, profiles);
	const views = new Map((await readFacts(reader, model.rules, [...new Set(current.values())])).map((facts) => [facts.profile, viewOf(model, facts, reader.nowMs)]));
	return [...new Set(profiles)].flatMap((profile) => {
		const view = views.get(current.get(profile) ?? 0);
		return view === undefined ? [] : [{ ...view, profile }];
	});
}

function viewOf(model: KnownModel, { profile, parts }: PersonFacts, nowMs: number): ScoreView {
	const sums = sumsAt(parts, nowMs);
	return {
		profile, model: model.name, total: (sums.fit + sums.engagement) / 100, fit: sums.fit / 100, engagement: sums.engagement / 100,
		grade: gradeOf(model.levels, sums), bucket: bucketOf(model.levels, sums), at: iso(nowMs),
	};
}

/** The score taken apart; the parts add up to it. Throws NOT_FOUND. */
export async function explain(reader: Reader, model: KnownModel, whose: ScoredPerson): Promise<ScoreExplanation> {
	const [profile] = await findPeople(reader, [whose]);
	const [facts] = profile === null || profile === undefined ? [] : await readFacts(reader, model.rules, [profile]);
	if (facts === undefined) throw new EngineError('NOT_FOUND', 'No profile has this identity. Check kind and value.');
	const next = nextLook(model, facts, reader.nowMs);
	const since = await reader.all(
		sql<{ kind: string; at: number }>`select kind, max(at) as at from score_change where profile = ${facts.profile} and model = ${model.name} group by kind`,
	);
	const sinceOf = (kind: string): string | null => {
		const row = since.find((one) => one.kind === kind);
		return row === undefined ? null : iso(row.at);
	};
	return {
		...viewOf(model, facts, reader.nowMs),
		version: model.version,
		parts: facts.parts.map((part) => ({
			rule: part.known.rule.name,
			group: part.known.rule.group,
			points: part.hundredthsAt(reader.nowMs) / 100,
			pointsWithoutDecay: part.hundredthsWithoutDecayAt(reader.nowMs) / 100,
			occurrences: part.occurrencesAt(reader.nowMs),
			lastAt: part.lastAtMs === null ? null : iso(part.lastAtMs),
			capped: part.isCappedAt(reader.nowMs),
		})),
		nextLookAt: next === null ? null : iso(next),
		bucketSince: sinceOf('bucket'),
		gradeSince: sinceOf('grade'),
	};
}
