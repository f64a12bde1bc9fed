/**
 * The engine's only door (`n8n-nodes-journeys/engine`): nodes and programs of others come in here.
 * createEngine runs it in this thread, startEngine in one of its own; both give the same Engine.
 */
export { createEngine, type EngineOptions, type LocalEngine } from './engine';
export { startEngine, type StartOptions } from './thread';

export type { Engine, EngineApi, WakeListener } from './api';
export type * from './channels/types';
export type * from './collector/types';
export type * from './consent/types';
export type * from './events/types';
export type * from './journeys/types';
export type * from './messages/types';
export type * from './profiles/types';
export type * from './segments/types';
export type * from './templates/types';
export type { DatabaseConfig } from './store';
export { ENGAGEMENT_EVENTS } from './events/types';

export {
	EngineError, ERROR_CODES, isEngineError, ManualClock, silentLog, systemClock,
	type Clock, type ErrorCode, type ErrorDetails, type JsonObject, type JsonValue, type Log, type Random,
} from './kernel';
