import { createProviderPool } from '../pool';
import { createBrevoProvider } from './brevo';
import { createResendProvider } from './resend';
import { createMailgunProvider } from './mailgun';
import { createSendGridProvider } from './sendgrid';
import { createSesProvider } from './ses';
import { createPostmarkProvider } from './postmark';
import { createSmtpProvider } from './smtp';
import { createSparkPostProvider } from './sparkpost';
import type { EmailConfig, EmailProvider, OutgoingEmail } from './types';

export { mailReports, readMime, type InboundMail } from './inbound';

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
	brevo: createBrevoProvider,
	resend: createResendProvider,
	smtp: createSmtpProvider,
	sparkpost: createSparkPostProvider,
	ses: createSesProvider,
	sendgrid: createSendGridProvider,
	mailgun: createMailgunProvider,
	postmark: createPostmarkProvider,
};

function createProvider(config: EmailConfig): EmailProvider {
	return (CREATE[config.kind] as (config: EmailConfig) => EmailProvider)(config);
}

export { brevoCallbacks } from './brevo-callbacks';
export { resendCallbacks, type ResendSecrets } from './resend-callbacks';
export { sparkPostCallbacks } from './sparkpost-callbacks';
export { mailgunCallbacks, type MailgunCallbackSecrets } from './mailgun-callbacks';
export { sendGridCallbacks, type SendGridCallbackSecrets } from './sendgrid-callbacks';
export { createSesProvider, type SesProvider } from './ses';
export { createSesCallbacks, sesCallbacks, type SesCallbackSecrets } from './ses-callbacks';
export { checkSenderDomain, SENDING_SERVICES } from './domain';
export { createSmtpProvider } from './smtp';
export { SMTP_PRESETS, smtpPreset, type SmtpPreset } from './presets';
