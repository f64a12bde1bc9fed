import { EngineError, isEngineError } from '../kernel';
import type { CrossingError } from './protocol';

/** An unknown error crosses as INTERNAL with its class alone: its message may quote a customer's data. */
export function toCrossing(error: unknown, during: string): CrossingError {
	if (isEngineError(error)) return { code: error.code, message: error.message, details: { ...error.details } };
	return {
		code: 'INTERNAL',
		message: `The engine failed in ${during} (${crashName(error)}). This is a bug in n8n-nodes-journeys: please report it with the line of n8n's log that names ${during}.`,
		details: { during },
	};
}

export function fromCrossing({ code, message, details }: CrossingError): EngineError {
	return new EngineError(code, message, details);
}

/** The frames of a stack without its message line(s), for the log. */
export function framesOf(error: unknown): string {
	const stack = textOf(error, 'stack') ?? '';
	return stack.split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 8).map((line) => line.trim()).join(' < ');
}

/** Node's own word for a crash ('ERR_WORKER_OUT_OF_MEMORY'), else the class of the error; never the message, which may quote data. */
export function crashName(error: unknown): string {
	return textOf(error, 'code') ?? textOf(error, 'name') ?? typeof error;
}

/** Not by instanceof: an error that crossed from a thread may be of another realm. */
function textOf(error: unknown, field: 'stack' | 'code' | 'name'): string | undefined {
	const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[field] : undefined;
	return typeof value === 'string' ? value : undefined;
}
