import { createHash } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import { hooksOf } from './runtime';

/** Kept in the execution's own data, which a Retry carries on; shown in n8n among the execution's custom data. */
const FIRST = 'journeysFirstExecution';

/**
 * Keys for what a step does outside a journey, so that n8n's Retry does none of it twice. The same thing for the n-th time
 * in the same visit of the same step has the same key, even when the rows come in another order the second time; a canvas
 * loop is a new visit. `what` says what is done to whom, and is hashed.
 */
export function visitKeys(context: IExecuteFunctions): (what: string) => string {
	const runIndex = Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
	const visit = `${firstExecutionOf(context)}:${context.getNode().id}:${runIndex}`;
	const seen = new Map<string, number>();
	return (what) => {
		const hash = createHash('sha256').update(what).digest('hex').slice(0, 32);
		const nth = seen.get(hash) ?? 0;
		seen.set(hash, nth + 1);
		return `${visit}:${hash}:${nth}`;
	};
}

/**
 * The id of the execution that a chain of Retries began with; without a Retry the execution's own.
 *
 * n8n's Retry runs the rest of a failed execution under a new id, and names only the execution that was retried last, so
 * the first one's id travels in the run data. Read in n8n 2.41.1: execution.service.js, retry().
 * Not found: a retry of a retry whose process died before it was saved, and a sub-workflow whose caller is retried.
 */
function firstExecutionOf(context: IExecuteFunctions): string {
	const { customData } = context;
	const known = customData.get(FIRST);
	if (typeof known === 'string' && known !== '') return known;
	const own = context.getExecutionId();
	const first = hooksOf(context)?.retryOf ?? own;
	if (first !== own) customData.set(FIRST, first);
	return first;
}
