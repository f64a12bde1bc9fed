export type * from './types';
export {
	closeEmailProviders, createEmailProvider, createSesCallbacks, createSesProvider, createSmtpProvider, emailProvider, mailgunCallbacks, sendGridCallbacks, sesCallbacks,
	SMTP_PRESETS, smtpPreset, type MailgunCallbackSecrets, type SendGridCallbackSecrets, type SesCallbackSecrets, type SesProvider, type SmtpPreset,
} from './email';
