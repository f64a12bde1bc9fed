import { isEngineError } from '../kernel';

/** What was thrown while one person's message was made, as a reason for the ledger: never with a value of theirs. `message`: what it is called. */
export function brokenBy(error: unknown, message: string): { kind: 'broken'; reason: string } {
	if (isEngineError(error)) return { kind: 'broken', reason: error.message };
	return { kind: 'broken', reason: `The ${message} could not be made for this person (${error instanceof Error ? error.name : 'unknown error'}). Look for unusually long or deeply nested content in what the template shows, then use Journey Control: Retry Held.` };
}
