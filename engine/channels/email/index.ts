import { createProviderPool } from '../pool';
import { createPostmarkProvider } from './postmark';
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

/** One line a provider: its file. */
const CREATE: { [Kind in EmailConfig['kind']]: (config: Extract<EmailConfig, { kind: Kind }>) => EmailProvider } = {
	smtp: createSmtpProvider,
	postmark: createPostmarkProvider,
};

function createProvider(config: EmailConfig): EmailProvider {
	return (CREATE[config.kind] as (config: EmailConfig) => EmailProvider)(config);
}

export { createSmtpProvider } from './smtp';
export { SMTP_PRESETS, smtpPreset, type SmtpPreset } from './presets';
