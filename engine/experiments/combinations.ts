import { cleanText } from '../kernel';
import type { Chances } from './evidence';
import type { Experiment } from './experiment';
import type { Factor } from './types';

/** One alternative of every factor. */
export interface Combination {
	/** "B"; of several factors "Subject B, Time A". As a database keeps it, which it is looked up by (cleanText). */
	label: string;
	/** The alternative's place in each factor. */
	places: number[];
	/** With which it is drawn. Together 1. */
	chance: number;
}

/** All of them, the last factor's alternatives changing first: a full factorial, so that each factor is drawn apart from the others. */
export function combinationsOf(factors: readonly Factor[]): Combination[] {
	return factors.reduce<Combination[]>((known, factor) => {
		const shares = sharesOf(factor);
		return known.flatMap(({ label, places, chance }) => factor.alternatives.map(({ name }, place): Combination => ({
			label: cleanText([label, factors.length === 1 ? name : `${factor.name} ${name}`].filter((word) => word !== '').join(', ')), places: [...places, place], chance: chance * (shares[place] ?? 0),
		})));
	}, [{ label: '', places: [], chance: 1 }]);
}

/** Parts of 1: as given, and what is left in equal parts for those without one. */
export function sharesOf({ alternatives }: Factor): number[] {
	const given = alternatives.reduce((total, { share = 0 }) => total + share, 0);
	const without = alternatives.filter(({ share }) => share === undefined).length;
	const whole = without === 0 ? given : 100;
	return alternatives.map(({ share }) => (share === undefined ? Math.max(0, 100 - given) / without / 100 : share / whole));
}

/** For each factor the place of the alternative that everybody new gets; undefined where none has won. `numbers`: the combinations' paths, in their order. */
export function appliedWinners({ config: { factors = [], sendToWinner = true }, winner, factor_winners: factorWinners }: Pick<Experiment, 'config' | 'winner' | 'factor_winners'>, numbers: readonly number[]): Array<number | undefined> {
	if (!sendToWinner) return factors.map(() => undefined);
	const whole = winner === null ? undefined : combinationsOf(factors)[numbers.indexOf(winner)];
	if (whole !== undefined) return whole.places;
	return factors.map(({ name, alternatives }) => {
		const place = alternatives.findIndex((one) => one.name === factorWinners?.[name]?.name);
		return place < 0 ? undefined : place;
	});
}

/** As SplitConfig's other modes (chances.ts). */
export function variantChances(experiment: Pick<Experiment, 'config' | 'winner' | 'factor_winners'>, numbers: readonly number[]): Chances {
	const applied = appliedWinners(experiment, numbers);
	const combinations = combinationsOf(experiment.config.factors ?? []);
	const open = combinations.map(({ places, chance }) => (places.every((place, n) => applied[n] === undefined || applied[n] === place) ? chance : 0));
	const sum = open.reduce((total, chance) => total + chance, 0);
	return Object.fromEntries(numbers.map((path, n) => [String(path), (open[n] ?? 0) / sum]));
}
