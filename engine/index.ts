import type { EngineOptions, LocalEngine } from './engine';

/**
 * The engine's only door (`n8n-nodes-journeys/engine`): nodes and programs of others come in here.
 * createEngine runs it in this thread, startEngine in one of its own; both give the same Engine.
 */
export { startEngine, type StartOptions } from './thread';

/**
 * The engine in this thread. Throws DATABASE_UNREADABLE, DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL.
 * Loaded at the first call: n8n's main thread opens this door for every node and never needs what is behind this function
 * (Kysely alone: 18 MB and a tenth of a second).
 */
export async function createEngine(options: EngineOptions): Promise<LocalEngine> {
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would take the path as an ES module's, with its extension
	const { createEngine: create } = require('./engine') as typeof import('./engine');
	return await create(options);
}

/** For what runs beside the engine, such as a browser that draws a mail. */
export { openPublicProxy, type PublicProxy } from './downloads';

export type { EngineOptions, LocalEngine } from './engine';
export type { Engine, EngineApi, WakeListener } from './api';
export type * from './alerts/types';
export type * from './attribution/types';
export type * from './channels/types';
export type * from './collector/types';
export type * from './consent/types';
export type * from './content/types';
export type * from './coupons/types';
export type * from './events/types';
export type * from './experiments/types';
export type * from './images/types';
export type * from './insights/types';
export type * from './journeys/types';
export type * from './messages/types';
export type * from './onsite/types';
export type * from './preferences/types';
export type * from './privacy/types';
export type * from './products/types';
export type * from './profiles/types';
export type * from './scores/types';
export type * from './segments/types';
export type * from './settings/types';
export type * from './templates/types';
export type * from './tracking/types';
export type * from './transfer/types';
export type { Channel } from './kernel';
export type { DatabaseConfig } from './store';
export { ENGAGEMENT_EVENTS } from './events/types';
export { NOBODY_STANDS_AT } from './journeys/types';
export {
	CALLBACK_PROVIDERS, chatRules, createChatProvider, createDirectMailProvider, createEmailProvider, createPushProvider, createSesProvider, createSmsProvider, createSmtpProvider, createWhatsAppProvider, isPrice, isTestKey, SENDING_SERVICES, SMTP_PRESETS, smtpPreset,
	type CallbackProvider, type MailgunCallbackSecrets, type SendGridCallbackSecrets, type SesCallbackSecrets, type SesProvider, type SmtpPreset,
} from './channels';

export {
	canonicalJson, EngineError, epochMs, ERROR_CODES, isEngineError, isJsonObject, ManualClock, silentLog, sumOfMoney, systemClock,
	type Clock, type ErrorCode, type ErrorDetails, type JsonObject, type JsonValue, type Log, type Random,
} from './kernel';
