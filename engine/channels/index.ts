export type * from './types';
export {
	brevoCallbacks, closeEmailProviders, createEmailProvider, createSesCallbacks, createSesProvider, createSmtpProvider, emailProvider, mailgunCallbacks, resendCallbacks, sendGridCallbacks,
	sesCallbacks, SMTP_PRESETS, smtpPreset, sparkPostCallbacks,
	type MailgunCallbackSecrets, type SendGridCallbackSecrets, type SesCallbackSecrets, type SesProvider, type SmtpPreset,
} from './email';
