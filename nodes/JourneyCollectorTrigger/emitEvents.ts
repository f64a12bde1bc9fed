import { setTimeout as sleep } from 'node:timers/promises';

import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';

import type { Engine } from '../../engine';

const LARGEST_BATCH = 1000;
const LONGEST_WAIT_S = 300;
/** After an error, for example while the engine's thread starts again. */
const PAUSE_MS = 1_000;

export interface EmitOptions {
	size: number;
	maxWaitMs: number;
	names: string[];
}

/** What the node is to emit; null: nothing, which is the default: an execution an event is what the own listener exists to avoid. */
export function emitOptionsOf(context: ITriggerFunctions): EmitOptions | null {
	if (context.getNodeParameter('emitEvents', false) !== true) return null;
	const { batchSize = 100, maxWait = 5, names = '' } = context.getNodeParameter('emitOptions', {}) as { batchSize?: number; maxWait?: number; names?: string };
	const size = wholeNumber(context, 'Batch Size', batchSize, 1, LARGEST_BATCH);
	return {
		size,
		maxWaitMs: Math.round(wholeNumber(context, 'Longest Wait', maxWait, 0, LONGEST_WAIT_S) * 1000),
		names: names.split(',').map((name) => name.trim()).filter((name) => name !== ''),
	};
}

function wholeNumber(context: ITriggerFunctions, field: string, given: unknown, least: number, most: number): number {
	const value = Number(given);
	if (Number.isFinite(value) && value >= least && value <= most) return value;
	throw new NodeOperationError(context.getNode(), `'${field}' is not a number from ${least} to ${most}`, { description: `Change '${field}' among the options for the events that start executions.` });
}

/**
 * Starts an execution for every batch of events that was stored, one call to the engine at a time. The engine keeps what comes between
 * two calls; when its thread dies, it begins anew with what arrives from then on.
 *
 * @returns what stops it.
 */
export function emitEvents(context: ITriggerFunctions, engine: Engine, workflow: string, options: EmitOptions): () => Promise<void> {
	let open = true;
	async function pass(): Promise<void> {
		const events = await engine.collector.nextEvents(workflow, options);
		if (events.length > 0) context.emit([events.map((event) => ({ json: event as unknown as IDataObject }))]);
	}
	async function run(): Promise<void> {
		while (open) {
			try {
				await pass();
			} catch (error) {
				if (!open) return;
				context.logger.warn(`Journeys: events could not be emitted; trying again: ${error instanceof Error ? error.message : 'unknown'}`, { workflow });
				await sleep(PAUSE_MS, undefined, { ref: false });
			}
		}
	}
	void run();
	return async () => {
		open = false;
		await engine.collector.leaveEvents(workflow);
	};
}
