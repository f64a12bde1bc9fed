import type { EngineApi } from '../api';
import type { ErrorCode, ErrorDetails } from '../kernel';
import type { DatabaseConfig } from '../store';

/** What crosses between the process and its engine thread. Everything here survives a structured clone. */
export interface ThreadStart {
	database: DatabaseConfig;
	instanceId?: string;
	markerFile?: string;
}

/** The domains that a call may name; anything else is refused on both sides. */
const DOMAIN_NAMES: Record<keyof EngineApi, true> = {
	profiles: true, groups: true, events: true, segments: true, scores: true, lists: true, consent: true, suppression: true, preferences: true, journeys: true, experiments: true, messages: true, attribution: true, insights: true, collector: true, settings: true, templates: true, blocks: true, brand: true, transfer: true, privacy: true, alerts: true,
	images: true, coupons: true, products: true,
};
export const DOMAINS = Object.keys(DOMAIN_NAMES) as Array<keyof EngineApi>;

/** 'engine' carries the engine's own health(). */
export type CallTarget = keyof EngineApi | 'engine';

export type ToThread =
	/** cancellable: the last argument is an AbortSignal, which cannot cross itself. */
	| { kind: 'call'; id: number; domain: CallTarget; method: string; args: unknown[]; cancellable: boolean }
	/** The signal of that call was aborted. */
	| { kind: 'cancel'; id: number }
	/** Finish, close the store, end the thread. */
	| { kind: 'close' };

export type LogLevel = 'info' | 'warn' | 'error';

export type FromThread =
	| { kind: 'ready' }
	/** The engine could not start; the thread ends by itself. */
	| { kind: 'refused'; error: CrossingError }
	| { kind: 'result'; id: number; result: unknown }
	| { kind: 'error'; id: number; error: CrossingError }
	| { kind: 'wake'; workflow: string; step: string }
	| { kind: 'log'; level: LogLevel; message: string; facts?: Record<string, string | number | boolean> };

/** An EngineError without its stack and cause: those may quote what a customer wrote. */
export interface CrossingError {
	code: ErrorCode;
	message: string;
	details: ErrorDetails;
}
