import { hundredths, type Levels } from './levels';
import type { Part } from './points';
import type { ScoreExplanation, ScorePart } from './types';

/** How a rule comes to give what it gives, such as: +70: 3 times, last on 2026-03-02 09:00 UTC; 90 without decay. */
export function partSentence(part: Part, given: Pick<ScorePart, 'points' | 'pointsWithoutDecay' | 'occurrences' | 'lastAt' | 'capped'>): string {
	const { rule } = part.known;
	const { points, pointsWithoutDecay, occurrences, lastAt, capped } = given;
	const amount = points > 0 ? `+${points}` : String(points);
	if (part.known.event === null) return occurrences > 0 ? `${amount}: it is so.` : '0: it is not so.';
	if (occurrences === 0) return rule.expiresAfterDays === undefined ? '0: it has not happened.' : `0: it has not happened within ${days(rule.expiresAfterDays)}.`;
	const happened = rule.mode === 'perOccurrence' ? (occurrences === 1 ? 'once' : `${occurrences} times`) : 'it happened';
	const more = [
		...(points === pointsWithoutDecay ? [] : [`${pointsWithoutDecay} without decay`]),
		...(capped ? [`no more than ${rule.cap?.points ?? 0} in all`] : []),
	];
	return `${[`${amount}: ${happened}, last on ${shownTime(lastAt)}`, ...more].join('; ')}.`;
}

export function summaryOf(score: Pick<ScoreExplanation, 'total' | 'fit' | 'engagement' | 'bucket' | 'grade' | 'nextBucket'>): string {
	const { total, fit, engagement, bucket, grade, nextBucket } = score;
	const rest = nextBucket === null ? 'There is no higher bucket.' : `${nextBucket.missing} more and it is "${nextBucket.bucket}".`;
	return `${total} points, ${fit} for fit and ${engagement} for engagement: bucket "${bucket}", grade ${grade}. ${rest}`;
}

export function nextBucketOf({ buckets }: Levels, { total, engagement }: { total: number; engagement: number }): ScoreExplanation['nextBucket'] {
	const now = hundredths(buckets.by === 'total' ? total : engagement);
	const place = buckets.from.findIndex((from) => from > now);
	return place < 0 ? null : { bucket: buckets.names[place + 1] ?? '', missing: ((buckets.from[place] ?? 0) - now) / 100 };
}

function days(count: number): string {
	return `${count} ${count === 1 ? 'day' : 'days'}`;
}

function shownTime(iso: string | null): string {
	return iso === null ? 'an unknown day' : `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
