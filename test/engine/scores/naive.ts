import type { PointsRule, ScoreModel } from '../../../engine/scores';
import { holds, passes, type Person } from '../segments/naive';
import { DAY_MS } from './fixture';

export interface NaiveScore {
	total: number;
	fit: number;
	engagement: number;
	grade: string;
	bucket: string;
}

/** A score as its documentation says it, without a database, without increments and without a thought for speed. */
export function naiveScore(model: ScoreModel, person: Person, nowMs: number): NaiveScore {
	let fit = 0;
	let engagement = 0;
	for (const rule of model.rules) {
		const given = naivePoints(rule, person, nowMs);
		if (rule.group === 'fit') fit = cents(fit + given);
		else engagement = cents(engagement + given);
	}
	const total = cents(fit + engagement);
	const grades = model.grades ?? [{ grade: 'A', from: 80 }, { grade: 'B', from: 60 }, { grade: 'C', from: 40 }, { grade: 'D', from: 20 }];
	const buckets = model.buckets ?? [{ name: 'cold' }, { name: 'warm', from: 30 }, { name: 'hot', from: 70 }];
	const measured = model.bucketBy === 'engagement' ? engagement : total;
	return {
		total, fit, engagement,
		grade: grades.find(({ from }) => fit >= from)?.grade ?? 'F',
		bucket: [...buckets].reverse().find(({ from }) => from === undefined || measured >= from)?.name ?? '',
	};
}

function naivePoints(rule: PointsRule, person: Person, nowMs: number): number {
	const plain = 'event' in rule.when && Object.keys(rule.when).every((key) => key === 'event' || key === 'filters');
	if (!plain || !('event' in rule.when)) return holds(rule.when, person, { nowMs }) ? rule.points : 0;
	const { event, filters = [] } = rule.when;
	const counting = person.events
		.filter(({ name, properties }) => name === event && filters.every((filter) => passes(properties, filter)))
		.filter(({ atMs }) => rule.expiresAfterDays === undefined || nowMs < atMs + rule.expiresAfterDays * DAY_MS)
		.sort((a, b) => b.atMs - a.atMs)
		.slice(0, rule.mode === 'perOccurrence' ? (rule.cap?.occurrences ?? 1000) : 1);
	let size = 0;
	for (const { atMs } of counting) size += Math.abs(rule.points) * (rule.decay === undefined ? 1 : 0.5 ** ((nowMs - atMs) / (rule.decay.halfLifeDays * DAY_MS)));
	size = cents(Math.min(size, rule.cap?.points ?? Number.POSITIVE_INFINITY));
	return rule.points < 0 ? -size : size;
}

function cents(points: number): number {
	return Math.round(points * 100) / 100;
}
