import { LAST_GRADE } from './check';
import type { ScoreModel } from './types';

/** A person's sums in whole hundredths of points. */
export interface Sums {
	fit: number;
	engagement: number;
}

/** Where the levels of a model begin, in hundredths, ascending; a level's number is how many of these the sum has reached. */
export interface Levels {
	buckets: { by: 'total' | 'engagement'; from: readonly number[]; names: readonly string[] };
	grades: { from: readonly number[]; names: readonly string[] };
	/** What segments compare the total with: it must not pass one of these unseen. */
	watched: readonly number[];
}

export function levelsOf(model: Required<ScoreModel>, watched: readonly number[]): Levels {
	const grades = [...model.grades].reverse();
	return {
		buckets: { by: model.bucketBy, from: model.buckets.slice(1).map(({ from = 0 }) => hundredths(from)), names: model.buckets.map(({ name }) => name) },
		grades: { from: grades.map(({ from }) => hundredths(from)), names: [LAST_GRADE, ...grades.map(({ grade }) => grade)] },
		watched: [...watched].sort((a, b) => a - b),
	};
}

export function hundredths(points: number): number {
	return Math.round(points * 100);
}

/** How many of the ascending limits a value has reached. */
export function reached(limits: readonly number[], value: number): number {
	let count = 0;
	while (count < limits.length && (limits[count] ?? 0) <= value) count += 1;
	return count;
}

export function bucketOf({ buckets }: Levels, { fit, engagement }: Sums): string {
	return buckets.names[reached(buckets.from, buckets.by === 'total' ? fit + engagement : engagement)] ?? '';
}

export function gradeOf({ grades }: Levels, { fit }: Sums): string {
	return grades.names[reached(grades.from, fit)] ?? LAST_GRADE;
}
