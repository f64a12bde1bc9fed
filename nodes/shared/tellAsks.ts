import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import type { Engine, StepRef } from '../../engine';
import { getEngine } from './engine';
import { toNodeError } from './errors';
import { engineLog } from './log';
import { stepRef } from './step';

const BEAT_MS = 20_000;

/**
 * The trigger() of a step that starts nothing: it only says, while the workflow is published, which segments, lists and score models the
 * node asks for, so that none is deleted under it. `read` gives null where an expression names them for each item only; such a one may
 * be deleted, and people are then held here with the error.
 */
export async function tellAsks(context: ITriggerFunctions, type: string, read: () => Parameters<Engine['journeys']['asks']>[1]): Promise<ITriggerResponse> {
	return await tellEngine(context, type, async (engine, step) => await engine.journeys.asks(step, read()));
}

/** The same, for whatever a step has to tell while its workflow is published. */
export async function tellEngine(context: ITriggerFunctions, type: string, tell: (engine: Engine, step: StepRef) => Promise<void>): Promise<ITriggerResponse> {
	if (context.getMode() === 'manual') return {};
	const step = stepRef(context, type);
	const engine = await getEngine(context);
	try {
		await tell(engine, step);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
	const log = engineLog(context.logger);
	const beat = () => void engine.journeys.beat(step).catch((error: unknown) => log.warn('could not report this step as published', { step: step.name, reason: error instanceof Error ? error.message : 'unknown' }));
	const timer = setInterval(beat, BEAT_MS);
	timer.unref();
	return { closeFunction: async () => clearInterval(timer) };
}
