import { setTimeout as sleep } from 'node:timers/promises';

import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';

import type { CollectedEvent, EmittedEvents, Engine } from '../../engine';
import { eventNamesIn } from '../shared/fields';
import { isShuttingDown } from '../shared/shutdown';

const LARGEST_BATCH = 1000;
const LONGEST_WAIT_S = 300;
/** Executions that have not ended. While there are as many, events gather in the engine and come out in fuller batches. */
const MOST_IN_FLIGHT = 5;
/** The promise of an execution may never settle; nobody waits for it longer. */
const CEILING_MS = 60 * 60 * 1_000;
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
	const { batchSize = 100, maxWait = 5, names } = context.getNodeParameter('emitOptions', {}) as { batchSize?: number; maxWait?: number; names?: unknown };
	const size = wholeNumber(context, 'Batch Size', batchSize, 1, LARGEST_BATCH);
	return {
		size,
		maxWaitMs: Math.round(wholeNumber(context, 'Longest Wait', maxWait, 0, LONGEST_WAIT_S) * 1000),
		names: eventNamesIn(names),
	};
}

function wholeNumber(context: ITriggerFunctions, field: string, given: unknown, least: number, most: number): number {
	const value = Number(given);
	if (Number.isFinite(value) && value >= least && value <= most) return value;
	throw new NodeOperationError(context.getNode(), `'${field}' is not a number from ${least} to ${most}`, { description: `Change '${field}' among the options for the events that start executions.` });
}

export function itemsOf(events: readonly CollectedEvent[]): INodeExecutionData[] {
	return events.map((event) => ({ json: event as unknown as IDataObject }));
}

/**
 * Starts an execution for every batch of events that was stored. At most once: an event is handed to one execution, and what becomes of that
 * is n8n's, as with any other trigger. The engine keeps what comes meanwhile; when its thread dies, it begins anew with what arrives then. What other
 * processes took (webhook processes of queue mode) comes through the database, each batch under a key of its own.
 *
 * @returns what stops it: what had not come out yet comes out, so that only a crash loses anything.
 */
export function emitEvents(context: ITriggerFunctions, engine: Engine, workflow: string, options: EmitOptions): () => Promise<void> {
	const inFlight = new Set<Promise<void>>();
	let open = true;
	function emit({ events, batch }: EmittedEvents): void {
		if (events.length === 0) return;
		const done = context.helpers.createDeferredPromise<IRun>();
		context.emit([itemsOf(events)], undefined, done, ...(batch === null ? [] : [batch]));
		const ended = Promise.race([done.promise, sleep(CEILING_MS, undefined, { ref: false })])
			.then(
				() => true,
				(error: unknown) => {
					// The next start gives it to n8n again, under the same key: what has run by then does not run twice.
					if (batch !== null && isShuttingDown()) return false;
					// An execution that ran and failed is in n8n's list; this one did not start, or was cancelled.
					warn(`an execution with ${events.length} events did not run to its end; they are stored, but do not come again`, error);
					return true;
				},
			)
			.then(async (isOver) => {
				if (isOver && batch !== null) await engine.collector.emitted(workflow, batch);
			})
			.catch((error: unknown) => warn('events that came out could not be taken off the list; they may come again after a restart', error));
		inFlight.add(ended);
		void ended.finally(() => inFlight.delete(ended));
	}
	function warn(what: string, error: unknown): void {
		context.logger.warn(`Journeys: ${what}: ${error instanceof Error ? error.message : 'unknown'}`, { workflow });
	}
	async function run(): Promise<void> {
		while (open) {
			try {
				if (inFlight.size >= MOST_IN_FLIGHT) await Promise.race(inFlight);
				else emit(await engine.collector.nextEvents(workflow, options));
			} catch (error) {
				if (!open) return;
				warn('events could not be emitted; going on with those that come', error);
				await sleep(PAUSE_MS, undefined, { ref: false });
			}
		}
	}
	void run();
	return async () => {
		open = false;
		const rest = await engine.collector.leaveEvents(workflow);
		for (let from = 0; from < rest.length; from += options.size) emit({ events: rest.slice(from, from + options.size), batch: null });
	};
}
