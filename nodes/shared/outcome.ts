import type { IRun } from 'n8n-workflow';

import type { ExecutionOutcome } from '../../engine';

const LONGEST_REASON = 300;

/** n8n waits "for ever" until 1 January 3000. */
const FOREVER_MS = Date.UTC(2999, 0, 1);

/**
 * What an execution's end, as n8n reports it, proves (PROTOCOL rules 5, 9, 10):
 * - undefined: the emission was taken for a duplicate, nothing ran: unproven, receipts decide;
 * - 'waiting': a foreign Wait, Form or approval holds the execution: away;
 * - 'success' (in queue mode with an empty runData): success;
 * - all else, also a status that is no end: failed. Never "did not run".
 */
export function outcomeOfRun(run: IRun | undefined): ExecutionOutcome {
	if (run === undefined) return { kind: 'unproven' };
	const untilMs = run.waitTill ? new Date(run.waitTill).getTime() : null;
	if (run.status === 'waiting') return { kind: 'waiting', untilMs: untilMs !== null && untilMs < FOREVER_MS ? untilMs : null };
	const error = run.data?.resultData?.error;
	if (run.status === 'success' && !error) return { kind: 'success' };
	const at = run.data?.resultData?.lastNodeExecuted;
	const what = error?.message ?? `n8n ended the execution as "${run.status}"`;
	return { kind: 'failed', reason: `${at ? `${at}: ` : ''}${what}`.slice(0, LONGEST_REASON) };
}
