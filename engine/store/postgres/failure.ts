import { EngineError, isEngineError } from '../../kernel';

/** SQLSTATEs of PostgreSQL after which the same transaction may simply be tried again (appendix A of its manual). */
const RETRY = new Set(['40001', '40P01', '55P03']);

function stateOf(error: unknown): string {
	return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Two processes that publish a step for the first time at once: each has looked whether its row is there before the other's is, and PostgreSQL then tells of the index that `on conflict`
 * does not name. The next try finds the row.
 */
function isSameStep(error: unknown): boolean {
	return stateOf(error) === '23505' && (error as { constraint?: unknown }).constraint === 'step_place';
}

export function mayRetry(error: unknown): boolean {
	return RETRY.has(stateOf(error)) || isSameStep(error);
}

/** A failure of PostgreSQL as an EngineError that says what to do. The URL is never told: it holds a password. */
export function postgresFailure(error: unknown): EngineError {
	if (isEngineError(error)) return error;
	const text = error instanceof Error ? error.message : String(error);
	const state = stateOf(error);
	if (RETRY.has(state)) return new EngineError('DATABASE_BUSY', `PostgreSQL kept refusing the transaction (${state}). It is overloaded or something holds locks for long; it will be tried again.`, {}, { cause: error });
	if (state === '53100') return new EngineError('DATABASE_FULL', 'No room left on the disk of PostgreSQL. Nothing of this call was stored; free some space and it will go on.', {}, { cause: error });
	if (state.startsWith('28') || state === '3D000' || state.startsWith('08') || /^E[A-Z]+$/.test(state)) {
		return new EngineError('DATABASE_UNREADABLE', `PostgreSQL cannot be reached or refused the login (${text}). Check JOURNEYS_DATABASE_URL or the Journeys Database credential.`, {}, { cause: error });
	}
	return new EngineError('DATABASE_FAILED', `PostgreSQL refused a statement: ${text}`, {}, { cause: error });
}
