import { sql } from 'kysely';

import { EngineError, iso } from '../kernel';
import { currentProfiles } from '../profiles';
import { sentenceOf } from '../segments';
import type { Reader } from '../store';
import type { KnownModel } from './book';
import { nextBucketOf, partSentence, summaryOf } from './explain-words';
import { readFacts, type PersonFacts } from './facts';
import { bucketOf, gradeOf } from './levels';
import { nextLook, sumsAt } from './score-people';
import type { Part } from './points';
import type { ScoreExplanation, ScorePart, ScoreView } from './types';


/** Scores as of now, read-only, under the ids asked for, also those of profiles that were merged into others; at most three statements. */
export async function viewScores(reader: Reader, model: KnownModel, profiles: readonly number[]): Promise<ScoreView[]> {
	const current = await currentProfiles(reader, profiles);
	const views = new Map((await readFacts(reader, model.rules, [...new Set(current.values())])).map((facts) => [facts.profile, viewOf(model, facts, reader.nowMs)]));
	return [...new Set(profiles)].flatMap((profile) => {
		const view = views.get(current.get(profile) ?? 0);
		return view === undefined ? [] : [{ ...view, profile }];
	});
}

export function viewOf(model: KnownModel, { profile, parts }: PersonFacts, nowMs: number): ScoreView {
	const sums = sumsAt(parts, nowMs);
	return {
		profile, model: model.name, total: (sums.fit + sums.engagement) / 100, fit: sums.fit / 100, engagement: sums.engagement / 100,
		grade: gradeOf(model.levels, sums), bucket: bucketOf(model.levels, sums), at: iso(nowMs),
	};
}

/** The score taken apart; the parts add up to it. Throws NOT_FOUND. */
export async function explain(reader: Reader, model: KnownModel, profile: number): Promise<ScoreExplanation> {
	const [facts] = await readFacts(reader, model.rules, [profile]);
	if (facts === undefined) throw new EngineError('NOT_FOUND', 'No profile has this identity. Check kind and value.');
	const next = nextLook(model, facts, reader.nowMs);
	const view = viewOf(model, facts, reader.nowMs);
	const since = await sinceWhen(reader, view);
	const nextBucket = nextBucketOf(model.levels, view);
	return {
		...view,
		summary: summaryOf({ ...view, nextBucket }),
		version: model.version,
		nextBucket,
		parts: facts.parts.map((part) => viewPart(part, reader.nowMs)),
		nextLookAt: iso(next),
		bucketSince: since('bucket', view.bucket),
		gradeSince: since('grade', view.grade),
	};
}

function viewPart(part: Part, nowMs: number): ScorePart {
	const { rule } = part.known;
	const given = {
		points: part.hundredthsAt(nowMs) / 100,
		pointsWithoutDecay: part.hundredthsWithoutDecayAt(nowMs) / 100,
		occurrences: part.occurrencesAt(nowMs),
		lastAt: iso(part.lastAtMs),
		capped: part.isCappedAt(nowMs),
	};
	return { rule: rule.name, group: rule.group, ...given, asks: sentenceOf(rule.when), sentence: partSentence(part, given) };
}

/** When the level was reached last: after a merge the history of two people is that of one, and its newest row may be the other's. */
async function sinceWhen(reader: Reader, { profile, model }: ScoreView): Promise<(kind: string, level: string) => string | null> {
	const rows = await reader.all(
		sql<{ kind: string; level: string; at: number }>`select kind, to_level as level, max(at) as at from score_change where profile = ${profile} and model = ${model} group by kind, to_level`,
	);
	return (kind, level) => {
		const row = rows.find((one) => one.kind === kind && one.level === level);
		return row === undefined ? null : iso(row.at);
	};
}
