import type { SegmentRule } from '../../engine';
import { EngineError } from '../../engine';
import { nameIn } from '../shared/fields';

/** How the node is set, the same for all items of a call. */
export interface Routing {
	model: string;
	buckets: string[];
	/** '' for none. */
	field: string;
}

/** Throws BAD_INPUT when no model is chosen. */
export function readRouting(read: (name: string, fallback: unknown) => unknown): Routing {
	const model = nameIn(read('model', ''));
	if (model === '') throw new EngineError('BAD_INPUT', 'Score Model is empty. Choose one from the list, or type its name under By Name.');
	const buckets = (read('buckets', []) as unknown[]).map(String);
	const { scoreField = 'score' } = read('options', {}) as { scoreField?: unknown };
	return { model, buckets, field: String(scoreField).trim() };
}

/** What the node asks of the model, as a rule would. */
export function askedBy({ model, buckets }: Routing): SegmentRule {
	return buckets.length > 0 ? { bucket: model, in: buckets } : { score: model, operator: 'greaterOrEqual', value: 0 };
}
