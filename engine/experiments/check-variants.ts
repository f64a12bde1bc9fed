import { EngineError } from '../kernel';
import { combinationsOf } from './combinations';
import { DEFAULT_ALPHA, DEFAULT_MINIMUM_PEOPLE, LONGEST_NAME, LONGEST_WINDOW_MS, MISSED_PERCENT, SHORTEST_WINDOW_MS } from './config';
import type { Factor, SplitConfig, VariantTest } from './types';

const MOST_ALTERNATIVES = 10;
const MOST_COMBINATIONS = 64;

/** Throws BAD_INPUT with what to do; a sender says it before anything is reserved. */
export function checkVariants({ factors, windowMs, alpha = DEFAULT_ALPHA, minimumPeople = DEFAULT_MINIMUM_PEOPLE }: VariantTest): void {
	if (factors.length === 0) throw bad('There are no variants. Add at least two.');
	for (const factor of factors) checkFactor(factor, factors);
	const combinations = combinationsOf(factors);
	if (combinations.length > MOST_COMBINATIONS) throw bad(`The factors have ${combinations.length} combinations, more than ${MOST_COMBINATIONS}: nobody could tell which is best. Take alternatives out.`);
	if (new Set(combinations.map(({ label }) => label)).size < combinations.length) throw bad('Two combinations of variants would have the same name. Name factors and alternatives so that they can be told apart.');
	if (!(windowMs >= SHORTEST_WINDOW_MS && windowMs <= LONGEST_WINDOW_MS)) throw bad('The time in which the metric counts is between a minute and 366 days.');
	if (!(alpha > 0 && alpha <= 0.5)) throw bad('The risk of a wrong winner is above 0 and at most 50 percent.');
	if (!Number.isInteger(minimumPeople) || minimumPeople < 1) throw bad('The least number of people for each variant is a whole number above 0.');
}

function checkFactor({ name: factor, alternatives }: Factor, factors: readonly Factor[]): void {
	const where = factor === '' ? '' : ` of "${factor}"`;
	if (factors.length > 1 && (factor.trim() === '' || factors.filter(({ name }) => name === factor).length > 1)) throw bad('Give each factor a name of its own.');
	if (alternatives.length < 2 || alternatives.length > MOST_ALTERNATIVES) throw bad(`There are ${alternatives.length} variants${where}: a test has 2 to ${MOST_ALTERNATIVES}.`);
	for (const { name, share } of alternatives) {
		if ([name, factor].some((word) => word.length > LONGEST_NAME || word.includes('\0')) || name.trim() === '') throw bad(`Give each variant${where} a name of 1 to ${LONGEST_NAME} characters.`);
		if (alternatives.filter((other) => other.name === name).length > 1) throw bad(`Two variants${where} are named "${name}". Give each a name of its own: people are remembered by it.`);
		if (share !== undefined && !(share > 0 && share < 100)) throw bad(`The share of the variant "${name}"${where} is not a number above 0 and below 100. Leave it empty for an equal part, or take the variant out.`);
	}
	const wrong = wrongSum(alternatives);
	if (wrong !== null) throw bad(`The shares of the variants${where} add up to ${wrong}, not to 100${alternatives.some(({ share }) => share === undefined) ? ', and nothing is left for those without one' : ''}. Change one of them.`);
}

/** What the shares come to where that cannot be; null: they are right. */
function wrongSum(alternatives: Factor['alternatives']): number | null {
	const sum = Number(alternatives.reduce((total, { share = 0 }) => total + share, 0).toFixed(2));
	const isRight = alternatives.some(({ share }) => share === undefined) ? sum < 100 : Math.abs(sum - 100) <= MISSED_PERCENT;
	return isRight ? null : sum;
}

/** As it is kept. People are drawn once for all runs: nobody gets two versions of the same mail. */
export function configOf({ factors, metric, windowMs, alpha, minimumPeople, sendToWinner = true, guarded = true, heldMs = 0 }: VariantTest): SplitConfig & { factors: Factor[] } {
	return {
		mode: 'variants', unit: 'person', paths: combinationsOf(factors).map(({ label }) => ({ name: label })), factors, metric, windowMs, sendToWinner, guarded, heldMs,
		...(alpha === undefined ? {} : { alpha }), ...(minimumPeople === undefined ? {} : { minimumPeople }),
	};
}

function bad(message: string): EngineError {
	return new EngineError('BAD_INPUT', message);
}
