import type { Store } from '../store';
import { registerExperiment, restartExperiment } from './experiment';
import { matureDue } from './mature';
import { preview, split } from './split';
import { statusOf } from './status';
import type { ExperimentsApi } from './types';

export type * from './types';
export { checkVariants } from './check-variants';
export { combinationsOf } from './combinations';
export { drawVariants, previewVariants, type VariantWish } from './draw-variants';
export { experimentsKeeper } from './keeper';
export { banditChances, standings } from './best';
export { posteriorOf } from './beta';
export { emptyEvidence, learn, neededOf, tallyOf, weakestOf, winnerOf, type Chances, type Evidence, type Matured, type Tally, type TestSettings } from './evidence';
export { rateInterval } from './interval';

export interface Experiments extends ExperimentsApi {
	/** Adds those whose window is over to what is known, in at most about so many slices of 1,000. Answers with how many there were. */
	mature(slices: number): Promise<number>;
}

/** Journey Split: who takes which path, and which path is better. */
export function createExperiments({ store }: { store: Store }): Experiments {
	return {
		register: (step, config) => registerExperiment(store, step, config),
		split: (step, items, config) => split(store, step, items, config),
		preview: (step, profiles, config) => store.read((reader) => preview(reader, step, profiles, config)),
		status: (filter = {}) => store.read((reader) => statusOf(reader, filter)),
		restart: (step) => restartExperiment(store, step),
		mature: (slices) => matureDue(store, slices),
	};
}
