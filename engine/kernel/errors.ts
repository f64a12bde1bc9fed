/**
 * Every error the engine throws on purpose. The code is stable (nodes and callers switch on it);
 * the message says what happened and what to do next, and never holds personal data or a secret.
 */
export const ERROR_CODES = {
	BAD_INPUT: 'The caller passed something that cannot be used as it is.',
	NOT_FOUND: 'A named thing (segment, profile, journey, template) does not exist.',
	CONFLICT: 'A name or identity is taken by something else.',
	DATABASE_BUSY: 'The database stayed locked longer than the engine retries.',
	DATABASE_FULL: 'The disk or the database has no room left.',
	DATABASE_UNREADABLE: 'The database cannot be opened, or is not a database of this engine.',
	DATABASE_NEWER: 'The database was written by a newer version with a schema this one cannot use.',
	DATABASE_FAILED: 'The database refused a statement.',
	TEMPLATE_INVALID: 'MJML or Liquid could not be compiled or rendered.',
	RULE_INVALID: 'A segment rule or a filter is not valid.',
	PROVIDER_FAILED: 'A delivery service refused or could not be reached.',
	STALE: 'The contact has moved on: this execution no longer holds it.',
	NOT_IN_JOURNEY: 'The item carries no contact of a journey, and none could be found with certainty.',
	WRONG_WORKFLOW: 'The contact belongs to another workflow (a sub-workflow cannot park it).',
	STOPPED: 'All sending is stopped.',
	CANCELLED: 'The caller gave up in the middle of the call: it is not carried on.',
	CLOSED: 'The engine is closed.',
	THREAD_DIED: 'The engine thread ended in the middle of the call; whether the call took effect is not known. The next call starts it again.',
	INTERNAL: 'A bug in the engine.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Readonly facts that help the person who reads the error: ids, a line, a field. Never personal data. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

export class EngineError extends Error {
	override readonly name = 'EngineError';

	constructor(
		readonly code: ErrorCode,
		message: string,
		readonly details: ErrorDetails = {},
		options?: { cause?: unknown },
	) {
		super(message, options);
	}
}

export function isEngineError(value: unknown): value is EngineError {
	return value instanceof EngineError || (value instanceof Error && value.name === 'EngineError' && 'code' in value);
}
