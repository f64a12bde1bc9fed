import { ApplicationError, NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';

import { ERROR_CODES, isEngineError } from '../../engine';
import type { ErrorCode } from '../../engine';

/** What the person at the canvas can do, where the engine's own message cannot know it. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
	// Its message says what to do; the table's sentence is for developers.
	BAD_INPUT: '',
	RULE_INVALID: '',
	DATABASE_BUSY: 'Another process is writing for a long time. Try again; if it comes back, use PostgreSQL (JOURNEYS_DATABASE_URL).',
	DATABASE_FULL: 'Free space on the disk that holds the journeys database, then let the held people go on with Journey Control.',
	WRONG_WORKFLOW: 'Put the journey nodes into the workflow of the Journey Trigger itself, not into a sub-workflow.',
	NOT_IN_JOURNEY: 'Keep the field _journey on the items on their way from the Journey Trigger to this node.',
	CLOSED: 'n8n is shutting down. The people stay in the journey and go on after the start.',
};

/**
 * Any error as the one that n8n shows: message and what to do, with the item where one is known.
 * Errors that already are n8n's pass through.
 */
export function toNodeError(node: INode, error: unknown, itemIndex?: number): NodeOperationError | NodeApiError {
	if (error instanceof NodeOperationError || error instanceof NodeApiError) return error;
	if (!isEngineError(error)) return new NodeOperationError(node, asError(error), { itemIndex });
	return new NodeOperationError(node, error.message, {
		itemIndex,
		description: REMEDIES[error.code] ?? ERROR_CODES[error.code],
	});
}

function asError(error: unknown): Error {
	return error instanceof Error ? error : new ApplicationError(String(error));
}

/** The item that stands for a failure when the node continues on fail. Keeps the pairing, so that the contact is still found. */
export function errorItem(error: NodeOperationError | NodeApiError, index: number): INodeExecutionData {
	return { json: { error: error.message }, error, pairedItem: { item: index } };
}

/** Throws, or gives the error item when the node continues on fail. */
export function failItem(context: IExecuteFunctions, error: unknown, index: number): INodeExecutionData {
	const nodeError = toNodeError(context.getNode(), error, index);
	if (!context.continueOnFail()) throw nodeError;
	return errorItem(nodeError, index);
}
