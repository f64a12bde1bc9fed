import type { INodeExecutionData } from 'n8n-workflow';

/** A reason is shown and kept: no more than this of it. */
const LONGEST_REASON = 300;

/**
 * Why the message was not sent, as what came back says; null: it was. Nodes that continue on an error put it on the item: `error` beside the JSON, or
 * in it as a text or an object. One error among several items is a failure, since part of the message is missing.
 */
export function failureIn(items: readonly INodeExecutionData[]): string | null {
	for (const item of items) {
		if (item.error !== undefined) return reasonOf(item.error);
		const { error } = item.json;
		if ((typeof error === 'string' && error.trim() !== '') || (typeof error === 'object' && error !== null)) return reasonOf(error);
	}
	return null;
}

function reasonOf(error: unknown): string {
	if (typeof error === 'string') return error.slice(0, LONGEST_REASON);
	const { message, description } = error as { message?: unknown; description?: unknown };
	const text = [message, description].find((one) => typeof one === 'string' && one.trim() !== '');
	return typeof text === 'string' ? text.slice(0, LONGEST_REASON) : 'The node that sends reported an error without a text.';
}
