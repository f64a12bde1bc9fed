import { checkEventMatch } from '../events';
import { EngineError, isKeptAs } from '../kernel';
import type { SplitConfig } from './types';

export const MOST_PATHS = 10;
export const LONGEST_NAME = 100;
const LONGEST_SALT = 200;
/** So far percentages may miss 100: three times 33.33. */
export const MISSED_PERCENT = 0.05;
export const SHORTEST_WINDOW_MS = 60_000;
export const LONGEST_WINDOW_MS = 366 * 86_400_000;

export const DEFAULT_ALPHA = 0.05;
export const DEFAULT_MINIMUM_PEOPLE = 100;
export const DEFAULT_FLOOR_PERCENT = 2;

/** Throws BAD_INPUT (RULE_INVALID for the event of a metric) with what to do. */
export function checkConfig({ mode, paths, metric, windowMs, salt, alpha = DEFAULT_ALPHA, minimumPeople = DEFAULT_MINIMUM_PEOPLE, floorPercent = DEFAULT_FLOOR_PERCENT }: SplitConfig): void {
	if (paths.length < 2 || paths.length > MOST_PATHS) throw bad(`A split has 2 to ${MOST_PATHS} paths, not ${paths.length}.`);
	const names = paths.map(({ name }) => name);
	for (const name of names) {
		if (name.trim() === '' || name.length > LONGEST_NAME || name.includes('\0')) throw bad(`Give each path a name of 1 to ${LONGEST_NAME} characters.`);
		if (names.filter((other) => other === name).length > 1) throw bad(`Two paths are named "${name}". Give each a name of its own: people are remembered by it.`);
	}
	if (salt !== undefined && salt.length > LONGEST_SALT) throw bad(`The name of the draw has more than ${LONGEST_SALT} characters.`);
	if (mode === 'percentages') return checkPercentages(paths);
	if (metric === undefined) throw bad('An experiment and a bandit need a metric: a goal, a message or an event.');
	if (metric.kind === 'goal' && metric.goal.trim() === '') throw bad('The goal of the metric is empty. Enter the name that the Journey Goal has.');
	if (metric.kind === 'event') checkEventMatch(metric.match);
	if (windowMs === undefined || !(windowMs >= SHORTEST_WINDOW_MS && windowMs <= LONGEST_WINDOW_MS)) throw bad('The time in which a conversion counts is between a minute and 366 days.');
	if (!(alpha > 0 && alpha <= 0.5)) throw bad('The risk of a wrong winner is above 0 and at most 50 percent.');
	if (!Number.isInteger(minimumPeople) || minimumPeople < 1) throw bad('The least number of people for each path is a whole number above 0.');
	if (!(floorPercent >= 0 && floorPercent * paths.length <= 100)) throw bad(`Each of ${paths.length} paths cannot get at least ${floorPercent} percent of the people. Enter a smaller part.`);
}

function checkPercentages(paths: SplitConfig['paths']): void {
	for (const { name, percent } of paths) {
		if (percent === undefined || !Number.isFinite(percent) || percent < 0 || percent > 100) throw bad(`The percentage of the path "${name}" is not a number from 0 to 100.`);
	}
	const sum = paths.reduce((total, { percent = 0 }) => total + percent, 0);
	if (Math.abs(sum - 100) > MISSED_PERCENT) throw bad(`The percentages add up to ${Number(sum.toFixed(2))}, not to 100: ${paths.map(({ name, percent }) => `${name} ${percent ?? 0}`).join(', ')}. Change one of them.`);
}

/** Whether outcomes of before and after a change can be compared. */
export function isCountedAs(config: SplitConfig, kept: SplitConfig): boolean {
	return isKeptAs(countedOf(config), countedOf(kept));
}

function countedOf({ mode, metric, windowMs, unit, salt }: SplitConfig): object {
	return mode === 'percentages' ? { unit, salt } : { metric, windowMs, unit, salt };
}

function bad(message: string): EngineError {
	return new EngineError('BAD_INPUT', message);
}
