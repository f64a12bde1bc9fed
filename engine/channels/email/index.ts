import { createProviderPool } from '../pool';
import { createSmtpProvider } from './smtp';
import type { EmailConfig, EmailProvider, OutgoingEmail } from './types';

const pool = createProviderPool<EmailConfig, OutgoingEmail>(createProvider);

/** See ProviderPool. */
export const emailProvider = (config: EmailConfig): EmailProvider => pool.of(config);

export const closeEmailProviders = (): Promise<void> => pool.closeAll();

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. */
export function createEmailProvider(config: EmailConfig): EmailProvider {
	return createProvider(config);
}

function createProvider(config: EmailConfig): EmailProvider {
	switch (config.kind) {
		case 'smtp':
			return createSmtpProvider(config);
	}
}

export { checkSenderDomain, SENDING_SERVICES } from './domain';
export { createSmtpProvider } from './smtp';
export { SMTP_PRESETS, smtpPreset, type SmtpPreset } from './presets';
