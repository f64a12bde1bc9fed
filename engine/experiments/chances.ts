import { posteriorOf } from './beta';
import { banditChances } from './best';
import { variantChances } from './combinations';
import { DEFAULT_FLOOR_PERCENT } from './config';
import type { Chances } from './evidence';
import type { Experiment } from './experiment';
import type { Path } from './paths';
import type { SplitConfig } from './types';

/**
 * With which probability somebody new gets each of these paths now: `config`'s own, in its order. `paths` are kept paths of the same numbers, for
 * what is known of them.
 */
export function chancesOf({ config, winner, factor_winners }: Pick<Experiment, 'winner' | 'factor_winners'> & { config: SplitConfig }, numbers: readonly number[], paths: readonly Path[]): Chances {
	if (config.mode === 'variants') return variantChances({ config, winner, factor_winners }, numbers);
	if (config.mode === 'percentages') {
		const sum = config.paths.reduce((total, { percent = 0 }) => total + percent, 0);
		return chancesFrom(numbers, config.paths.map(({ percent = 0 }) => percent / sum));
	}
	if (config.sendToWinner === true && winner !== null && numbers.includes(winner)) return chancesFrom(numbers, numbers.map((path) => (path === winner ? 1 : 0)));
	if (config.mode === 'experiment') return chancesFrom(numbers, numbers.map(() => 1 / numbers.length));
	const known = new Map(paths.map((path) => [path.path, path]));
	return chancesFrom(numbers, banditChances(numbers.map((path) => posteriorOf(known.get(path) ?? { matured: 0, conversions: 0 })), (config.floorPercent ?? DEFAULT_FLOOR_PERCENT) / 100));
}

function chancesFrom(numbers: readonly number[], chances: readonly number[]): Chances {
	return Object.fromEntries(numbers.map((path, n) => [String(path), chances[n] ?? 0]));
}
