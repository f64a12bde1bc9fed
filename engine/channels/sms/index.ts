import { createProviderPool } from '../pool';
import { createBirdProvider } from './bird';
import { createHttpSms } from './http';
import { createInfobipProvider } from './infobip';
import { createPlivoProvider } from './plivo';
import { createSinchProvider } from './sinch';
import { createSolapiProvider } from './solapi';
import { createTelnyxProvider } from './telnyx';
import { createTwilioProvider } from './twilio';
import type { OutgoingSms, SmsConfig, SmsProvider } from './types';
import { createVonageProvider } from './vonage';

const pool = createProviderPool<SmsConfig, OutgoingSms>(createSmsProvider);

/** See ProviderPool. */
export const smsProvider = (config: SmsConfig): SmsProvider => pool.of(config);

export const closeSmsProviders = (): Promise<void> => pool.closeAll();

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. Throws BAD_INPUT for a configuration of `http` that cannot be used. */
export function createSmsProvider(config: SmsConfig): SmsProvider {
	switch (config.kind) {
		case 'twilio':
			return createTwilioProvider(config);
		case 'vonage':
			return createVonageProvider(config);
		case 'telnyx':
			return createTelnyxProvider(config);
		case 'plivo':
			return createPlivoProvider(config);
		case 'sinch':
			return createSinchProvider(config);
		case 'infobip':
			return createInfobipProvider(config);
		case 'bird':
			return createBirdProvider(config);
		case 'solapi':
			return createSolapiProvider(config);
		case 'http':
			return createHttpSms(config);
	}
}

/** Solapi sends no picture by its address: it wants the file uploaded before the message. */
const WITHOUT_MEDIA: ReadonlySet<SmsConfig['kind']> = new Set(['solapi']);

/** Whether pictures can be sent over it (MMS). */
export function takesMedia(kind: SmsConfig['kind']): boolean {
	return !WITHOUT_MEDIA.has(kind);
}

export { costInMillionths, isPrice, priceOf, smsCost, sumOfCosts } from './cost';
export { keywordOf, type SmsKeyword } from './keywords';
export { smartEncoded, smsSegments } from './segments';
