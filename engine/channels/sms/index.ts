import { createProviderPool } from '../pool';
import { createTwilioProvider } from './twilio';
import type { OutgoingSms, SmsConfig, SmsProvider } from './types';
import { createVonageProvider } from './vonage';

const pool = createProviderPool<SmsConfig, OutgoingSms>(createSmsProvider);

/** See ProviderPool. */
export const smsProvider = (config: SmsConfig): SmsProvider => pool.of(config);

export const closeSmsProviders = (): Promise<void> => pool.closeAll();

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. */
export function createSmsProvider(config: SmsConfig): SmsProvider {
	switch (config.kind) {
		case 'twilio':
			return createTwilioProvider(config);
		case 'vonage':
			return createVonageProvider(config);
	}
}

export { smsCost, isPrice } from './cost';
export { keywordOf, type SmsKeyword } from './keywords';
export { smartEncoded, smsSegments } from './segments';
