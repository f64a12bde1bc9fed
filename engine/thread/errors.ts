import { EngineError, isEngineError } from '../kernel';
import type { CrossingError } from './protocol';

/** An unknown error crosses as INTERNAL with its class alone: its message may quote a customer's data. */
export function toCrossing(error: unknown, during: string): CrossingError {
	if (isEngineError(error)) return { code: error.code, message: error.message, details: { ...error.details } };
	const name = error instanceof Error ? error.name : typeof error;
	return {
		code: 'INTERNAL',
		message: `The engine failed in ${during} (${name}). This is a bug in n8n-nodes-journeys: please report it with the line of n8n's log that names ${during}.`,
		details: { during },
	};
}

export function fromCrossing({ code, message, details }: CrossingError): EngineError {
	return new EngineError(code, message, details);
}

/** The frames of a stack without its message line(s), for the log. */
export function framesOf(error: unknown): string {
	const stack = error instanceof Error ? (error.stack ?? '') : '';
	return stack.split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 8).map((line) => line.trim()).join(' < ');
}
