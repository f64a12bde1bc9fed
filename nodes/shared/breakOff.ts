import type { IExecuteData, IExecuteFunctions } from 'n8n-workflow';

import { isManualMode, marksIn } from './contact';
import { getEngine } from './engine';
import { executeDataOf, rootModeOf } from './runtime';

/**
 * An execution that has waited (n8n's Wait, a form, an approval) and now stops at a step of ours: n8n tells nobody of its end, so its people would be taken for
 * waiting there for up to a year. Says so to the engine, which holds them or tries them again (PROTOCOL 10, 11). Of one that did not wait the pump hears itself.
 */
export async function breakOff(context: IExecuteFunctions, error: unknown): Promise<void> {
	if (context.continueOnFail() || isManualMode(rootModeOf(context)) || isTriedAgain(context)) return;
	const nonces = new Set(marksIn(context).flatMap((mark) => (mark.kind === 'stamp' ? [mark.stamp.nonce] : [])));
	if (nonces.size === 0) return;
	const reason = `${context.getNode().name}: ${error instanceof Error ? error.message : String(error)}`;
	const workflow = String(context.getWorkflow().id);
	try {
		const engine = await getEngine(context);
		for (const nonce of nonces) await engine.journeys.breakOff({ nonce, workflow, reason });
	} catch {
		// The step's own error says more than that this could not be told either.
	}
}

/** Tries of one run of a node that have failed: each has a context of its own, all have the same input. */
const failed = new WeakMap<IExecuteData, Set<IExecuteFunctions>>();

/** Whether n8n tries this again by itself (Retry On Fail), as often as it does (n8n-core, WorkflowExecute.getRetryParams): held by the first failure, nobody would be there for the second try. */
function isTriedAgain(context: IExecuteFunctions): boolean {
	const { retryOnFail, maxTries } = context.getNode();
	const run = executeDataOf(context);
	if (retryOnFail !== true || run === undefined) return false;
	const tries = failed.get(run) ?? new Set();
	failed.set(run, tries.add(context));
	return tries.size < Math.min(5, Math.max(2, maxTries === undefined || maxTries === 0 ? 3 : maxTries));
}
