import type { IRun, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import type { Engine, StepRef } from '../../engine';
import { tellDrawing } from './drawing';
import { getEngine } from './engine';
import { toNodeError } from './errors';
import { refuseExecuteOnce } from './executeOnce';
import { batchSizeOf } from './fields/batch';
import { engineLog } from './log';
import { startPump } from './pump';
import { isShuttingDown } from './shutdown';
import { stepRef } from './step';

/**
 * The trigger() of every step where people park. n8n calls it on the leader when the workflow is published and at every
 * start; parameters are read here, since the expression isolate is gone in a timer.
 */
export async function serveStep(
	context: ITriggerFunctions,
	type: string,
	prepare?: (engine: Engine, step: StepRef) => Promise<void>,
): Promise<ITriggerResponse> {
	// The editor runs execute(); a pump of a test run would take real people out of the park.
	if (context.getMode() === 'manual') return {};
	refuseExecuteOnce(context);
	const step = stepRef(context, type);
	const batchSize = batchSizeOf(context);
	const engine = await getEngine(context);
	try {
		await prepare?.(engine, step);
		await tellDrawing(context, engine);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
	const pump = startPump({
		engine,
		step,
		batchSize,
		emit: (data, response, done, deduplicationKey) => context.emit(data, response, done, deduplicationKey),
		createDeferredPromise: () => context.helpers.createDeferredPromise<IRun>(),
		isEnding: isShuttingDown,
		log: engineLog(context.logger),
	});
	return { closeFunction: async () => pump.stop() };
}
